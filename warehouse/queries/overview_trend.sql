-- The small trend line of every app: mean review rating of the last 26 weeks before its data ends, one
-- row a week that has rated reviews; `weeks_ago` 0 is the last seven days.
select
    d.store, d.store_app_id,
    (day_of(o.as_of) - d.day) // 7 as weeks_ago,
    sum(d.n - d.n_unrated)::bigint as n,
    rating_mean(sum(d.n_1), sum(d.n_2), sum(d.n_3), sum(d.n_4), sum(d.n_5)) as mean
from ratings_daily d
join overview o using (store, store_app_id)
where d.day > day_of(o.as_of) - 182 and d.day <= day_of(o.as_of)
group by all
having sum(d.n - d.n_unrated) > 0
order by d.store, d.store_app_id, weeks_ago desc;
