-- Which reviews does the store no longer show, and were they harsher than the rest?
-- ストアから消えたレビューは、ほかより厳しかったか。
with gone as (
    select store, store_app_id, review_id from vanished_reviews where app = 'sample'
)
select
    r.store, count(*) as n, count(g.review_id) as n_vanished,
    round(avg(r.rating) filter (g.review_id is not null), 2) as mean_of_vanished,
    round(avg(r.rating) filter (g.review_id is null), 2) as mean_of_the_rest
from reviews r
left join gone g using (store, store_app_id, review_id)
where r.app = 'sample'
group by r.store
order by r.store;
