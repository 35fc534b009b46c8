-- Did people who edited their review give more stars or fewer than before?
-- 編集した人は、星を増やしたか、減らしたか。
with states as (
    select store, store_app_id, review_id, state, rating, is_current,
        lag(rating) over (partition by store, store_app_id, review_id order by state) as rating_before
    from review_history where app = 'sample'
)
select
    s.store, date_trunc('quarter', (r.reviewed_at at time zone 'UTC')::date)::date as quarter, count(*) as n_edits,
    count(*) filter (s.rating > s.rating_before) as n_up,
    count(*) filter (s.rating < s.rating_before) as n_down,
    round(avg(s.rating_before), 2) as mean_before, round(avg(s.rating), 2) as mean_after
from states s
join reviews r using (store, store_app_id, review_id)
where s.is_current and s.rating_before is not null and r.app = 'sample'
group by all
order by s.store, quarter;
