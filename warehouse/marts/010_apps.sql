-- Which apps are known, under which name, in which store?
-- grain: store, store_app_id
-- nullable: owner
create or replace table apps as
with titles as (
    select store, store_app_id, arg_max(title, (observed_at, title)) as title
    from core.rating_snapshots where title is not null group by all
)
select
    coalesce(c.app, k.store_app_id) as app,
    coalesce(c.name, t.title, k.store_app_id) as name,
    c.owner,
    k.is_sample,
    k.store,
    k.store_app_id
from core.app_stores k
left join core.app_config c using (store, store_app_id)
left join titles t using (store, store_app_id)
order by app, store, store_app_id;
