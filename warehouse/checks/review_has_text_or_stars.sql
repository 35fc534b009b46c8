-- says: a review says something or gives stars
-- severity: stop
select store, store_app_id, review_id from core.reviews where rating is null and text_hash is null;
