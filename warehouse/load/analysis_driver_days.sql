-- The days of the spans of `found` drivers, of each app in a store.
create or replace temp table driver_days as
with spans as (
    select distinct app, store, before_from as first_day, before_until as last_day from found
    union
    select distinct app, store, after_from, after_until from found
),
series as (
    select coalesce(c.app, k.store_app_id) as app, k.store, k.store_app_id
    from core.app_stores k left join core.app_config c using (store, store_app_id)
)
select distinct
    store, store_app_id,
    unnest(generate_series(first_day::timestamp, last_day::timestamp, interval 1 day))::date as day
from spans join series using (app, store);
