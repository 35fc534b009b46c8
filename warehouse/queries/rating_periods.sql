-- Series B: the mean review rating by day, week (from Monday) or month of the span. A period
-- without a rated review has a row with n = 0 and no mean, so that a gap looks like a gap.
with days as (
    select
        day,
        sum(n - n_unrated) as n,
        sum(n_1) as n_1, sum(n_2) as n_2, sum(n_3) as n_3, sum(n_4) as n_4, sum(n_5) as n_5
    from ratings_daily
    where app = $app
        and in_scope(store, country, language, version, $stores, $places, $versions)
        and day between $first::date and $last::date
    group by day
),
counted as (
    select
        date_trunc($grain, day)::date as period,
        sum(n)::bigint as n,
        stars_interval(star_sums(n_1, n_2, n_3, n_4, n_5)) as stars
    from days
    group by all
)
select
    p.first_day,
    p.last_day,
    coalesce(c.n, 0) as n,
    c.stars.mean as mean,
    c.stars.low as low,
    c.stars.high as high
from periods_of($grain, $first, $last) p
left join counted c using (period)
order by first_day;
