-- What does the serving model say of the sentiment of feedback that may be analysed? Cohorts with fewer than five
-- people are left out; of feedback in a language outside the model's card it says `not_covered`.
-- grain: feedback_id
-- snapshot: none
-- nullable: p_negative, p_neutral, p_positive
create or replace view feedback_predictions as
select
    f.app, f.cohort, f.feedback_id, p.sentiment,
    case when p.sentiment <> 'not_covered' then p.p_negative end as p_negative,
    case when p.sentiment <> 'not_covered' then p.p_neutral end as p_neutral,
    case when p.sentiment <> 'not_covered' then p.p_positive end as p_positive,
    p.model_version
from feedback f
join core.feedback k using (feedback_id)
join inferred.predictions p on p.text_hash = k.text_hash
join inferred.models m on m.model_version = p.model_version and m.is_serving
where k.may_analyse and f.cohort is not null;
