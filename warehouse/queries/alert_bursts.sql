-- Runs of days on which a topic (or all of an app) had more reviews than usual; days that are at most two apart are one run.
-- `over` is the day on which two ordinary days behind it are known. `peak` is the day with the most.
with bursts as (
    select app, store, topic, day, observed, expected, low, high, n
    from anomalies
    where is_alarm and measure = 'count' and observed > expected and day >= $since::date
),
ends as (
    select app, store, max(day) as last_day from anomalies group by app, store
),
starts as (
    select
        *,
        coalesce(day - lag(day) over (partition by app, store, topic order by day) > 2, true)::integer as is_first
    from bursts
),
runs as (
    select *, sum(is_first) over (partition by app, store, topic order by day) as run from starts
)
select
    r.app, r.store, r.topic, min(r.day) as raised, max(r.day) as last_day,
    case when max(r.day) < min(e.last_day) - 2 then max(r.day) + 3 end as over,
    arg_max(r.day, r.observed) as peak, max(r.observed) as observed, arg_max(r.expected, r.observed) as expected,
    arg_max(r.low, r.observed) as low, arg_max(r.high, r.observed) as high, sum(r.n)::bigint as n
from runs r
join ends e using (app, store)
group by r.app, r.store, r.topic, r.run
order by raised, r.app, r.store, r.topic;
