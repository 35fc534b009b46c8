-- says: every release that a table speaks of is in releases, with the moment at which it came out
-- severity: warn
with spoken as (
    select 'release_impact' as said_in, app, store, release_version, released_at from inferred.release_impact
    union all
    select 'release_watch', app, store, release_version, released_at from inferred.release_watch
    union all
    select 'alpha_foretold', app, store, release_version, released_at from inferred.alpha_foretold
    union all
    select 'alpha_topics', app, store, release_version, null from inferred.alpha_topics
    union all
    select 'driver_comparisons', app, store, release_version, null
    from inferred.driver_comparisons where release_version is not null
    union all
    select 'change_points', app, store, nearest_release, null
    from inferred.change_points where nearest_release is not null
),
-- an app with two entries in one store came out with the first of them
listed as (
    select app, store, version as release_version, min(released_at) as released_at from releases group by all
)
select distinct s.said_in, s.app, s.store, s.release_version
from spoken s
left join listed r using (app, store, release_version)
where r.released_at is null or s.released_at <> r.released_at;
