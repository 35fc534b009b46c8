-- says: a value lies in its own interval
-- severity: warn
with told as (
    select 'rating_series' as said_in, value, low, high from inferred.rating_series
    union all
    select 'change_points', size, low, high from inferred.change_points
    union all
    select 'release_impact', effect, low, high from inferred.release_impact
    union all
    select 'alarms', change, low, high from inferred.alarms
    union all
    select 'release_watch', effect, low, high from inferred.release_watch
    union all
    select 'driver_comparisons', change, low, high from inferred.driver_comparisons
    union all
    select 'drivers', total_effect, low, high from inferred.drivers
    union all
    select 'fix_first', gain, low, high from inferred.fix_first
    union all
    select 'tradeoffs', mean_stars, low, high from inferred.tradeoffs
    union all
    select 'alpha_foretold', rank_correlation, low, high from inferred.alpha_foretold
)
select said_in, value, low, high from told where value < low - 1e-9 or value > high + 1e-9;
