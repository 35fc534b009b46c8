-- says: every review came with a coverage row of its batch
-- severity: warn
-- over: days
select distinct r.first_batch, r.store, r.store_app_id
from core.reviews r
anti join core.coverage c
    on c.batch = r.first_batch and c.store = r.store and c.store_app_id = r.store_app_id;
