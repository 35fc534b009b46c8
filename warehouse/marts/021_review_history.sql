-- What did a review say before it was edited? One row a state, only for reviews with several states.
-- grain: store, store_app_id, review_id, state
-- part: review
-- nullable: rating, title, text, version
create or replace view review_history as
select
    a.app, s.store, s.store_app_id, s.review_id,
    -- 1 is the first state, by the store's own time of each
    row_number() over (
        partition by s.store, s.store_app_id, s.review_id
        order by s.is_current, s.reviewed_at, s.first_seen_at, s.last_seen_at, s.rating, s.title, s.text
    ) as state,
    s.rating, s.title, s.text, s.version, s.reviewed_at,
    s.first_seen_at as seen_from,
    s.last_seen_at as seen_until,
    s.is_current
from (
    select h.*, false as is_current
    from core.review_history h semi join core.reviews using (store, store_app_id, review_id)
    union all by name
    select r.*, true as is_current
    from core.reviews r semi join core.review_history using (store, store_app_id, review_id)
) s
join apps a using (store, store_app_id);
