-- says: stars lie in 1..5
-- severity: stop
select store, store_app_id, review_id, rating from core.reviews where rating not between 1 and 5;
