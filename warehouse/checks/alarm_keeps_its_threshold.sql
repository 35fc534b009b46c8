-- says: an alarm is raised only where chance allows it no oftener than the threshold
-- severity: stop
select app, store, topic, day, measure, p_adjusted, threshold
from inferred.anomalies
where is_alarm and p_adjusted > threshold;
