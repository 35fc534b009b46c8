-- says: the quarters of an hour of a day add up to the day
-- severity: stop
-- over: days
with days as (
    select 'ratings' as what, store, store_app_id, day, sum(n) as n, sum(n_1) as n_1, sum(n_5) as n_5, sum(n_negative) as n_negative
    from ratings_daily group by all
    union all
    select 'topics', store, store_app_id, day, sum(n), sum(n_1), sum(n_5), sum(n_negative) from topics_daily group by all
),
quarters as (
    select 'ratings' as what, store, store_app_id, day, sum(n) as n, sum(n_1) as n_1, sum(n_5) as n_5, sum(n_negative) as n_negative
    from ratings_quarter_hourly group by all
    union all
    select 'topics', store, store_app_id, day, sum(n), sum(n_1), sum(n_5), sum(n_negative) from topics_quarter_hourly group by all
)
(from days except from quarters) union all (from quarters except from days);
