-- How many apps of the last build are named otherwise now, or are gone: then rows of other days change, too.
with named as (
    select coalesce(c.app, k.store_app_id) as app, k.store, k.store_app_id, k.is_sample
    from core.app_stores k left join core.app_config c using (store, store_app_id)
)
select count(*) from apps anti join named using (app, store, store_app_id, is_sample);
