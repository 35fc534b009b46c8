-- Which alarms on stars and texts are open, over all apps? The confirmed ones first, those on stars before others, then the
-- newest.
with named as (
    select app, store, min(name) as name from overview group by app, store
)
select
    a.app, n.name, a.store, a.raised_on, a.kind, a.measure, a.topic, a.began_on, a.began_low_on,
    a.began_high_on, a.confirmed_on, a.ended_on, a.withdrawn_on, a.why, a.value_before, a.value_after, a.change, a.low,
    a.high, a.n_before, a.n_after
from alarms a
join named n using (app, store)
where a.ended_on is null and a.withdrawn_on is null
order by
    a.confirmed_on is not null desc, a.measure in ('mean_stars', 'share_one_star') desc, a.raised_on desc, n.name, a.store,
    a.topic, a.measure;
