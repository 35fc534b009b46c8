-- says: the interval of a mean of stars lies in 1..5, and that of its change in -4..4
-- severity: warn
with means as (
    select 'rating_series' as said_in, low, high from inferred.rating_series
    union all
    select 'tradeoffs', low, high from inferred.tradeoffs
    union all
    select 'ratings_by_version', low, high from ratings_by_version
    union all
    select 'overview', low_30d, high_30d from overview
),
changes as (
    select 'change_points' as said_in, low, high from inferred.change_points
    union all
    select 'release_watch', low, high from inferred.release_watch
    union all
    select 'driver_comparisons', low, high from inferred.driver_comparisons
    union all
    select 'release_impact', low, high from inferred.release_impact where measure = 'mean_stars'
)
select said_in, low, high from means where low < 1 - 1e-9 or high > 5 + 1e-9
union all
select said_in, low, high from changes where low < -4 - 1e-9 or high > 4 + 1e-9;
