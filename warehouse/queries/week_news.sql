-- What is new in the last seven days of each app's data: alarms, changes of level, and releases whose verdict on
-- the mean became clear? One row a finding, the newest first; `what` says which.
with ends as (
    select app, store, min(name) as name, (max(as_of) at time zone 'UTC')::date as last_day
    from overview where as_of is not null group by app, store
)
select
    e.app, e.name, e.store, e.last_day, 'alarm' as what, a.day as happened_on, a.topic, a.measure, null as version,
    a.expected as before, a.observed as after, null as size, a.low, a.high, null as verdict, null as due_to_kind
from anomalies a
join ends e using (app, store)
where a.is_alarm and a.day > e.last_day - 7
union all
select
    e.app, e.name, e.store, e.last_day, 'change', c.changed_on, null, c.series, c.nearest_release, c.value_before,
    c.value_after, c.size, c.low, c.high, null, c.due_to_kind
from change_points c
join ends e using (app, store)
where c.changed_on > e.last_day - 7
union all
select
    e.app, e.name, e.store, e.last_day, 'release', (r.released_at at time zone 'UTC')::date, null, r.measure,
    r.release_version, r.value_before, r.value_after, r.effect, r.low, r.high, r.verdict,
    null
from release_impact r
join ends e using (app, store)
where r.measure = 'mean_stars' and r.verdict in ('better', 'worse') and r.after_until > e.last_day - 7
order by happened_on desc, name, store, what, topic;
