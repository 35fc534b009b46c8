-- The archive of alarms on stars and texts since a day, as alerts tell of it; the oldest first.
select
    app, store, raised, kind, coalesce(topic, 'all') as topic, measure, began, began_low, began_high, confirmed, ended,
    withdrawn, why, value_before, value_after, change, low, high, n_before, n_after
from (from alarms union all by name select null::varchar as topic where false)
where raised >= $since::date
order by raised, app, store, kind, topic, measure;
