-- How did every app fare in a span of days, against the span of equal length before? All stores of an app together, in
-- the order of their names; an app that nobody wrote about has a row with n = 0.
with days as (
    select
        app, day >= $first::date as is_now, day,
        sum(n - n_unrated) as n,
        sum(n_1) as n_1, sum(n_2) as n_2, sum(n_3) as n_3, sum(n_4) as n_4, sum(n_5) as n_5
    from ratings_daily
    where day between $first::date - ($last::date - $first::date + 1)::integer and $last::date
    group by all
),
spans as (
    select app, is_now, sum(n)::bigint as n, stars_interval(star_sums(n_1, n_2, n_3, n_4, n_5)) as stars
    from days
    group by all
),
named as (
    select
        app, min(name) as name, min(owner) as owner, bool_or(is_sample) as is_sample,
        day_of(max(as_of)) as last_day, sum(n_total)::bigint as n_total,
        -- the worst ending speaks for the app
        case
            when bool_or(last_outcome = 'failed') then 'failed'
            when bool_or(last_outcome = 'partial') then 'partial'
            when bool_and(last_outcome is null) then 'never'
            else 'complete'
        end as outcome
    from overview
    group by app
)
select
    a.app, a.name, a.owner, a.is_sample, a.last_day, a.n_total, a.outcome,
    coalesce(now.n, 0) as n, now.stars.mean as mean, now.stars.low as low, now.stars.high as high,
    coalesce(before.n, 0) as n_before, before.stars.mean as mean_before, before.stars.low as low_before,
    before.stars.high as high_before
from named a
left join spans now on now.app = a.app and now.is_now
left join spans before on before.app = a.app and not before.is_now
order by a.name, a.app;
