-- How often do stars and words disagree: many stars on a surely negative text, or few on a surely positive one?
-- 星と文章が食い違うレビューはどれだけあるか。
select
    r.rating, count(*) as n,
    count(*) filter (is_at_odds(r.rating, p.p_negative, p.p_positive, 0.9)) as n_at_odds,
    round(count(*) filter (is_at_odds(r.rating, p.p_negative, p.p_positive, 0.9)) / count(*), 3) as share
from reviews r
join predictions p using (store, store_app_id, review_id)
where r.app = 'sample' and p.app = 'sample' and r.rating is not null
group by r.rating
order by r.rating;
