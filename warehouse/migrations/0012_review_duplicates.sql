-- Stores and scrapes give one review under two ids: the same second, stars and words in one app. One of them
-- counts and stands in core.reviews; the others stand here, so that nothing is lost and each can come back.

-- grain: store, store_app_id, review_id; none of them in core.reviews
create table core.review_duplicates as from core.reviews limit 0;
