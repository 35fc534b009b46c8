-- Which alarms on stars are open, over all apps? The confirmed ones first, then the newest.
with named as (
    select app, store, min(name) as name from overview group by app, store
)
select
    a.app, n.name, a.store, a.raised, a.kind, a.measure, a.began, a.began_low, a.began_high, a.confirmed, a.ended,
    a.withdrawn, a.why, a.value_before, a.value_after, a.change, a.low, a.high, a.n_before, a.n_after
from alarms a
join named n using (app, store)
where a.ended is null and a.withdrawn is null
order by a.confirmed is not null desc, a.raised desc, n.name, a.store;
