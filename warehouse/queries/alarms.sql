-- Which of the last days raised an alarm in one app?
select store, day, topic, measure, observed, expected, low, high, p_value, threshold, n
from anomalies
where app = $app and is_alarm and ($stores::varchar[] is null or list_contains($stores::varchar[], store))
order by day desc, p_value, store, topic, measure;
