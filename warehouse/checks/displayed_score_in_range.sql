-- says: a displayed score lies in 1..5 (0 stands for no ratings and must not be stored)
-- severity: stop
select store, store_app_id, observed_at, displayed_score from core.rating_snapshots
where displayed_score not between 1 and 5;
