-- What does the release watch say of each release of the span, as of the last day on which it was watched? The newest
-- release first.
select
    store, release_version, released_at, day, verdict, told_on, rests_on, is_withdrawn, direction, evidence, needed,
    evidence_by_date, evidence_by_version, effect, low, high, n_before, n_after, last_versions, n_last, n_version,
    share_versionless
from release_watch
where app = $app
    and is_of_store(store, $stores)
    and day_of(released_at) between $first::date and $last::date
qualify row_number() over (partition by store, release_version order by day desc) = 1
order by released_at desc, store, release_version desc;
