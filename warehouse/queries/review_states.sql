-- What some reviews said before they were edited, oldest state first. `$reviews` are keys of reviews.
select store, store_app_id, review_id, state, rating, title, text, version, seen_from, seen_until
from review_history
where app = $app and not is_current
    and concat_ws('/', store, store_app_id, review_id) in (select unnest($reviews::varchar[]))
order by store, store_app_id, review_id, state;
