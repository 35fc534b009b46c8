-- Which apps are known, under which name, in which store, of which category, by whom? The newest that the store said.
-- grain: store, store_app_id
-- nullable: owner, category, developer
create or replace table apps as
with shown as (
    select
        store, store_app_id,
        arg_max(title, (observed_at, title)) filter (title is not null) as title,
        arg_max(category, (observed_at, category)) filter (category is not null) as category,
        arg_max(developer, (observed_at, developer)) filter (developer is not null) as developer
    from core.rating_snapshots group by all
)
select
    coalesce(c.app, k.store_app_id) as app,
    coalesce(c.name, s.title, k.store_app_id) as name,
    c.owner, s.category, s.developer,
    k.is_sample,
    k.store,
    k.store_app_id
from core.app_stores k
left join core.app_config c using (store, store_app_id)
left join shown s using (store, store_app_id)
order by app, store, store_app_id;
