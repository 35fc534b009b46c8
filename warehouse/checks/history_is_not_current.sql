-- says: an earlier state differs from the current one
-- severity: stop
select h.store, h.store_app_id, h.review_id
from core.review_history h
join core.reviews r using (store, store_app_id, review_id, content_hash);
