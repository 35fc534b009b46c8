-- Which of the last days raised an alarm in one app?
select store, day, topic, measure, observed, expected, low, high, p_value, threshold, n
from anomalies
where app = $app and is_alarm and is_of_store(store, $stores)
order by day desc, p_value, store, topic, measure;
