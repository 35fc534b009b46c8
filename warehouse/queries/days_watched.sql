-- Which days of one app were judged for alarms, and at which rate of false ones?
select store, min(day) as first_day, max(day) as last_day, max(threshold) as threshold
from anomalies
where app = $app and is_of_store(store, $stores)
group by store order by store;
