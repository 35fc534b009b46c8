-- What does feedback that may be analysed speak of, by the serving model? One row a feedback and topic; cohorts
-- with fewer than five people are left out.
-- grain: feedback_id, topic
-- snapshot: none
-- nullable: none
create or replace view feedback_topics as
select f.app, f.cohort, f.feedback_id, t.topic, t.score, t.model_version
from feedback f
join core.feedback k using (feedback_id)
join inferred.topics t on t.text_hash = k.text_hash
join inferred.models m on m.model_version = t.model_version and m.is_serving
where k.may_analyse and f.cohort is not null;
