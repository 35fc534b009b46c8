-- What did a review say before it was edited? One row a state, only for reviews with several states.
-- grain: store, store_app_id, review_id, seen_from, rating, title, text
create or replace view review_history as
with states as (
    select * from core.review_history
    union all by name
    select r.* from core.reviews r semi join core.review_history using (store, store_app_id, review_id)
)
select
    a.app, s.store, s.store_app_id, s.review_id, s.rating, s.title, s.text, s.version,
    s.first_seen_at as seen_from,
    s.last_seen_at as seen_until,
    row_number() over (
        partition by s.store, s.store_app_id, s.review_id order by s.last_seen_at desc, s.row_hash desc
    ) = 1 as is_current
from states s
join apps a using (store, store_app_id);
