-- By how much did the mean change from the ninety days before a release to the ninety after it?
-- リリースの前後 90 日で、平均はどれだけ変わったか。
with release as (
    select store, store_app_id, version, (released_at at time zone 'UTC')::date as day
    from releases where app = 'sample' and version = '2.0.0'
),
days as (
    select
        r.store, r.version, d.day >= r.day as is_after, d.day,
        sum(n_1) as n_1, sum(n_2) as n_2, sum(n_3) as n_3, sum(n_4) as n_4, sum(n_5) as n_5
    from ratings_daily d
    join release r using (store, store_app_id)
    where d.app = 'sample' and d.day between r.day - 90 and r.day + 89
    group by all
),
spans as (
    select store, version, is_after, sum(n_1 + n_2 + n_3 + n_4 + n_5)::bigint as n,
        stars_interval(star_sums(n_1, n_2, n_3, n_4, n_5)) as stars
    from days group by all
)
select
    a.store, a.version, b.n as n_before, a.n as n_after,
    round(b.stars.mean, 2) as mean_before, round(a.stars.mean, 2) as mean_after,
    round(difference_interval(b.stars, a.stars).change, 2) as change,
    round(difference_interval(b.stars, a.stars).low, 2) as low,
    round(difference_interval(b.stars, a.stars).high, 2) as high
from spans b
join spans a using (store, version)
where not b.is_after and a.is_after
order by a.store;
