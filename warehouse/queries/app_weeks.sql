-- Series B of several apps by week (from Monday, UTC), and of each app over all the days. No row where nobody gave stars.
with days as (
    select
        app, day, date_trunc('week', day)::date as period,
        sum(n - n_unrated) as n,
        sum(n_1) as n_1, sum(n_2) as n_2, sum(n_3) as n_3, sum(n_4) as n_4, sum(n_5) as n_5
    from ratings_daily
    where list_contains($apps::varchar[], app)
        and is_of_store(store, $stores)
        and day between $first::date and $last::date
    group by all
),
counted as (
    select app, period, sum(n)::bigint as n, stars_interval(star_sums(n_1, n_2, n_3, n_4, n_5)) as stars
    from days
    group by grouping sets ((app), (app, period))
)
select
    c.app, coalesce(p.first_day, $first::date) as first_day, coalesce(p.last_day, $last::date) as last_day,
    c.n, c.stars.mean as mean, c.stars.low as low, c.stars.high as high, c.period is null as is_all
from counted c
left join periods_of('week', $first, $last) p using (period)
where c.n > 0
order by is_all desc, c.app, first_day;
