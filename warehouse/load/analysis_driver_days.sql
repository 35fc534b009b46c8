-- The days from which examples of the drivers in `found` come (analysis_drivers.sql), of each app in a store.
create or replace temp table driver_days as
with compared as (
    select distinct f.app, f.store, c.kind, f.before_from, f.before_until, f.after_from, f.after_until
    from found f join inferred.driver_comparisons c using (app, store, comparison)
),
spans as (
    select
        app, store, case when kind = 'change' then greatest(before_from, before_until - 83) else before_from end as first_day,
        before_until as last_day
    from compared
    union
    select app, store, after_from, case when kind = 'change' then least(after_until, after_from + 83) else after_until end
    from compared
),
series as (
    select coalesce(c.app, k.store_app_id) as app, k.store, k.store_app_id
    from core.app_stores k left join core.app_config c using (store, store_app_id)
)
select distinct
    store, store_app_id,
    unnest(generate_series(first_day::timestamp, last_day::timestamp, interval 1 day))::date as day
from spans join series using (app, store);
