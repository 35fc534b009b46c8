-- says: the overview has every app once, with all the reviews of its days
-- severity: stop
with days as (
    select store, store_app_id, sum(n) as n from ratings_daily group by all
)
select coalesce(a.store, o.store) as store, coalesce(a.store_app_id, o.store_app_id) as store_app_id
from apps a
full join overview o using (store, store_app_id)
left join days d on d.store = o.store and d.store_app_id = o.store_app_id
where a.app is distinct from o.app or o.n_total is distinct from coalesce(d.n, 0)::bigint;
