-- says: an earlier state differs from the current one
-- severity: stop
-- over: days
select h.store, h.store_app_id, h.review_id
from core.review_history h
join core.reviews r using (store, store_app_id, review_id)
where h.rating is not distinct from r.rating
    and coalesce(h.title, '') = coalesce(r.title, '')
    and coalesce(h.text, '') = coalesce(r.text, '');
