-- Did reviews get better or worse with a release, in stars, sentiment and topics? `q_value` allows for the number of
-- changes that were looked at; a change is one release's, and the others say in `why`, `moved_on` and `explained_by` what
-- explains what they saw. Overlapping releases and known events stand beside the verdict.
-- grain: app, store, release_version, measure
-- order: app, store, released_at, release_version
-- nullable: topic, effect, low, high, value_before, value_after, usual, p_value, q_value, moved_on,
-- nullable: explained_by, why, confounding_events
create or replace view release_impact as
select
    app, store, release_version, released_at, measure, topic, effect, low, high, n_before, n_after, before_from,
    before_until, after_from, after_until, value_before, value_after, usual, p_value, q_value,
    moved_on, explained_by, verdict, why,
    overlapping_releases, confounding_events
from inferred.release_impact;
