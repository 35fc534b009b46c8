-- says: what has no clear change says what that means, and names the change that explains it, and nothing else does
-- severity: stop
select app, store, release_version, measure, verdict, why, moved_on, explained_by
from inferred.release_impact
where
    (why is not null and verdict <> 'no_clear_change')
    or (why is null and verdict = 'no_clear_change')
    or (why is not null and why not in ('spans_zero', 'not_beyond_usual', 'explained', 'hole'))
    or (coalesce(why, '') = 'explained') <> (moved_on is not null)
    or (explained_by is not null and moved_on is null);
