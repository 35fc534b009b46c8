-- How did a topic show in the first two weeks of a release, day by day?
-- リリース後の 2 週間、ある話題は日ごとにどう現れたか。
with release as (
    select store, store_app_id, (released_at at time zone 'UTC')::date as day
    from releases where app = 'sample' and store = 'google_play' and version = '2.3.0'
),
days as (
    select d.day, d.day - r.day as day_of_release, sum(d.n)::bigint as n
    from ratings_daily d
    join release r using (store, store_app_id)
    where d.app = 'sample' and d.day between r.day - 3 and r.day + 13
    group by all
),
spoken as (
    select t.day, sum(t.n)::bigint as n, sum(t.n_1 + t.n_2)::bigint as n_low
    from topics_daily t
    join release r using (store, store_app_id)
    where t.app = 'sample' and t.topic = 'crash' and t.day between r.day - 3 and r.day + 13
    group by all
)
select
    d.day, d.day_of_release, d.n, coalesce(s.n, 0) as n_crash, coalesce(s.n_low, 0) as n_crash_low,
    round(coalesce(s.n, 0) / d.n, 3) as share
from days d
left join spoken s using (day)
order by d.day;
