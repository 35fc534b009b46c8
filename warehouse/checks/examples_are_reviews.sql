-- says: an example of a driver is a review that is there
-- severity: warn
with named as (
    select distinct app, store, unnest(examples) as review_id from inferred.drivers
)
select n.app, n.store, n.review_id
from named n
anti join (
    -- few are named: looking for these in all reviews keeps few in memory
    select a.app, r.store, r.review_id
    from core.reviews r
    join apps a using (store, store_app_id)
    join named n on n.app = a.app and n.store = r.store and n.review_id = r.review_id
) found using (app, store, review_id);
