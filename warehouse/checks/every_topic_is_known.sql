-- says: every topic that a table speaks of is in topics.toml
-- severity: warn
with spoken as (
    select 'topics_daily' as said_in, topic from topics_daily group by all
    -- what speaks of none stands as one topic of its own
    union all select 'drivers', topic from inferred.drivers where topic <> 'none' group by all
    union all select 'fix_first', topic from inferred.fix_first group by all
    union all select 'anomalies', topic from inferred.anomalies where topic <> 'all' group by all
    union all select 'alpha_topics', topic from inferred.alpha_topics group by all
    union all select 'release_impact', topic from inferred.release_impact where topic is not null group by all
)
select s.said_in, s.topic
from spoken s
anti join core.topic_config using (topic)
-- without a topics.toml, as in the first run, nothing is known
where exists (from core.topic_config);
