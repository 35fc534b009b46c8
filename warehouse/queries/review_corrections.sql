-- What people say of some reviews in the place of the model's word. `$reviews` are keys of reviews.
select store, store_app_id, review_id, sentiment, topics
from corrections
where app = $app and concat_ws('/', store, store_app_id, review_id) in (select unnest($reviews::varchar[]))
order by store, store_app_id, review_id;
