-- Series B: the mean review rating by day, week (from Monday) or month of the span, UTC. A period
-- without a rated review has a row with n = 0 and no mean, so that a gap looks like a gap.
with days as (
    select
        day,
        sum(n - n_unrated) as n,
        sum(n_1) as n_1, sum(n_2) as n_2, sum(n_3) as n_3, sum(n_4) as n_4, sum(n_5) as n_5
    from ratings_daily
    where app = $app
        and ($stores::varchar[] is null or list_contains($stores::varchar[], store))
        and (
            $places::varchar[] is null
            or list_contains(
                $places::varchar[], coalesce('country:' || country, 'language:' || language, 'unknown')
            )
        )
        and ($versions::varchar[] is null or list_contains($versions::varchar[], coalesce(version, 'unknown')))
        and day between $first::date and $last::date
    group by day
),
periods as (
    select unnest(generate_series(
        date_trunc($grain, $first::date)::timestamp,
        $last::date::timestamp,
        case $grain when 'day' then interval 1 day when 'week' then interval 7 day else interval 1 month end
    ))::date as period
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
    greatest(p.period, $first::date) as first_day,
    least(
        case $grain
            when 'day' then p.period
            when 'week' then p.period + 6
            else (p.period + interval 1 month)::date - 1
        end,
        $last::date
    ) as last_day,
    coalesce(c.n, 0) as n,
    c.stars.mean as mean,
    c.stars.low as low,
    c.stars.high as high
from periods p
left join counted c using (period)
order by first_day;
