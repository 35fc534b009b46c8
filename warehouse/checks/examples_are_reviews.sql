-- says: an example of a driver is a review that is there
-- severity: warn
with named as (
    select distinct app, store, unnest(examples) as review_id from inferred.drivers
)
select n.app, n.store, n.review_id from named n anti join reviews r using (app, store, review_id);
