-- Every verdict that the watch of a release ever told, with what became of it: `over` is the day on which it was taken
-- back, or after which the release was watched no more. The numbers are those of the last day on which it stood.
with told as (
    select
        app, store, release_version, any_value(released_at) as released_at, verdict, min(day) as raised, max(day) as stood_until,
        arg_max(rests_on, day) as rests_on, arg_max(effect, day) as change, arg_max(low, day) as low,
        arg_max(high, day) as high, arg_max(n_before, day) as n_before, arg_max(n_after, day) as n_after,
        arg_max(n_version, day) as n_version
    from release_watch
    where verdict in ('better', 'worse')
    group by app, store, release_version, verdict
),
ends as (
    select app, store, release_version, max(day) as last_day, arg_max(verdict, day) as said_last, count(*) as days
    from release_watch group by app, store, release_version
),
known as (
    select app, store, max(day) as last_day from release_watch group by app, store
),
next_days as (
    select t.app, t.store, t.release_version, t.verdict, min(w.day) as over
    from told t
    join release_watch w
        on w.app = t.app and w.store = t.store and w.release_version = t.release_version and w.day > t.stood_until
    group by all
)
select
    t.*,
    coalesce(n.over, case when k.last_day > e.last_day then e.last_day + 1 end) as over,
    n.over is not null as is_withdrawn,
    e.said_last
from told t
join ends e using (app, store, release_version)
join known k using (app, store)
left join next_days n using (app, store, release_version, verdict)
where t.raised >= $since::date
order by t.raised, t.app, t.store, t.release_version, t.verdict;
