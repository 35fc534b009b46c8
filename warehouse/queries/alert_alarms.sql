-- The archive of alarms on stars and texts since a day, as alerts tell of it; the oldest first.
select
    app, store, raised_on as raised, kind, topic, measure, began_on as began, began_low_on as began_low,
    began_high_on as began_high, confirmed_on as confirmed, ended_on as ended, withdrawn_on as withdrawn, why, value_before,
    value_after, change, low, high, n_before, n_after
from alarms
where raised_on >= $since::date
order by raised_on, app, store, kind, topic, measure;
