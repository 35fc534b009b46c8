-- says: the versions of an app have the reviews with stars of its days between them, and shares that sum to one
-- severity: stop
with days as (
    select store, store_app_id, sum(n - n_unrated) as n from ratings_daily group by all
),
versions as (
    select store, store_app_id, sum(n) as n, sum(share) as share from ratings_by_version group by all
)
select coalesce(d.store, v.store) as store, coalesce(d.store_app_id, v.store_app_id) as store_app_id
from days d
full join versions v using (store, store_app_id)
where d.n is distinct from v.n or (d.n > 0 and abs(v.share - 1) > 1e-9);
