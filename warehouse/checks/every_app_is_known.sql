-- says: every app that a table speaks of is in apps
-- severity: warn
with spoken as (
    select 'rating_series' as said_in, app, store from inferred.rating_series group by all
    union all select 'series_events', app, store from inferred.series_events group by all
    union all select 'change_points', app, store from inferred.change_points group by all
    union all select 'release_impact', app, store from inferred.release_impact group by all
    union all select 'driver_comparisons', app, store from inferred.driver_comparisons group by all
    union all select 'drivers', app, store from inferred.drivers group by all
    union all select 'fix_first', app, store from inferred.fix_first group by all
    union all select 'tradeoffs', app, store from inferred.tradeoffs group by all
    union all select 'anomalies', app, store from inferred.anomalies group by all
    union all select 'alpha_foretold', app, store from inferred.alpha_foretold group by all
    union all select 'alpha_topics', app, store from inferred.alpha_topics group by all
    union all select 'release_watch', app, store from inferred.release_watch group by all
)
select s.said_in, s.app, s.store from spoken s anti join apps using (app, store);
