-- Are reviews that were replied to edited for the better afterwards, more often than others?
-- 返信のあったレビューは、その後に評価が上がりやすいか。
-- No cause: whom a developer answers is no accident. An edit after a reply shows as a reply to an earlier state.
with first_states as (
    select store, store_app_id, review_id, rating as first_rating
    from review_history where app = 'sample' and state = 1
)
select
    r.rating_at_first, r.is_replied, count(*) as n,
    count(*) filter (r.rating > r.rating_at_first) as n_raised,
    round(count(*) filter (r.rating > r.rating_at_first) / count(*), 3) as share_raised
from (
    select
        v.rating, coalesce(f.first_rating, v.rating) as rating_at_first,
        v.reply is not null and (v.reply_is_to_earlier or not v.is_edited) as is_replied
    from reviews v
    left join first_states f using (store, store_app_id, review_id)
    where v.app = 'sample' and v.store = 'google_play'
) r
where r.rating_at_first <= 3
group by all
order by r.rating_at_first, r.is_replied;
