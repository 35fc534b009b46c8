-- How are the stars of each month shared out?
-- 月ごとの星の内訳は。
select
    date_trunc('month', day)::date as month,
    sum(n - n_unrated)::bigint as n,
    round(sum(n_1) / sum(n - n_unrated), 3) as share_1,
    round(sum(n_2) / sum(n - n_unrated), 3) as share_2,
    round(sum(n_3) / sum(n - n_unrated), 3) as share_3,
    round(sum(n_4) / sum(n - n_unrated), 3) as share_4,
    round(sum(n_5) / sum(n - n_unrated), 3) as share_5
from ratings_daily
where app = 'sample'
group by month
having sum(n - n_unrated) > 0
order by month;
