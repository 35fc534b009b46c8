-- Which of the last days were unusual, in number or in sentiment, for an app or for one topic of it? On a day on which
-- nothing happened an app raises an alarm with at most the chance `threshold`.
-- grain: app, store, topic, day, measure
-- order: app, store, day
-- nullable: none
create or replace view anomalies as
select
    app, store, topic, day, measure, observed, expected, low, high, p_value, p_adjusted, is_alarm, threshold, n
from inferred.anomalies;
