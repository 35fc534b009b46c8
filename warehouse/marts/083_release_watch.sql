-- Did a release move the stars, as it could be told on each of its first 28 days with reviews? By review date and by the
-- version that reviews name; `rests_on` says which. Looking every day does not make errors likelier.
-- grain: app, store, release_version, day
-- order: app, store, released_at, release_version, day
-- nullable: told_on, rests_on, evidence_by_date, evidence_by_version, effect, low, high, share_versionless
create or replace view release_watch as
select
    app, store, release_version, released_at, day, verdict, told_on, rests_on, is_withdrawn, direction, evidence, needed,
    evidence_by_date, evidence_by_version, effect, low, high, n_before, n_after, last_versions, n_last, n_version,
    share_versionless
from inferred.release_watch;
