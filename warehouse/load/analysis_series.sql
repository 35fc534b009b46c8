-- Number every app in every store, by the name that the marts give it, into temp table `analysis_series`.
create or replace temp table analysis_series as
select
    -- 0, 1, 2, ... in the order of app and store: what arrays carry in place of two texts a row
    (dense_rank() over (order by coalesce(c.app, k.store_app_id), k.store) - 1)::integer as series,
    coalesce(c.app, k.store_app_id) as app,
    k.store,
    k.store_app_id
from core.app_stores k
left join core.app_config c using (store, store_app_id);
