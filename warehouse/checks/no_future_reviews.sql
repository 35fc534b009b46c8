-- says: nothing was written after it was seen (a day of tolerance for clocks)
-- severity: warn
-- over: days
select store, store_app_id, review_id, reviewed_at, last_seen_at from core.reviews
where reviewed_at > last_seen_at + interval 1 day;
