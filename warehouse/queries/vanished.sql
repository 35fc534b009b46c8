-- Which reviews of one app its stores no longer show, and since when we know.
select concat_ws('/', store, store_app_id, review_id) as review, vanished_at
from vanished_reviews where app = $app
order by review;
