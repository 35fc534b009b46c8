-- Which alarms on stars and texts are open, over all apps? The confirmed ones first, those on stars before others, then the
-- newest. Publications that were made before texts had alarms have those on stars, of all reviews.
with named as (
    select app, store, min(name) as name from overview group by app, store
)
select
    a.app, n.name, a.store, a.raised, a.kind, a.measure, coalesce(a.topic, 'all') as topic, a.began, a.began_low,
    a.began_high, a.confirmed, a.ended, a.withdrawn, a.why, a.value_before, a.value_after, a.change, a.low, a.high,
    a.n_before, a.n_after
from (from alarms union all by name select null::varchar as topic where false) a
join named n using (app, store)
where a.ended is null and a.withdrawn is null
order by
    a.confirmed is not null desc, a.measure in ('mean_stars', 'share_one_star') desc, a.raised desc, n.name, a.store,
    a.topic, a.measure;
