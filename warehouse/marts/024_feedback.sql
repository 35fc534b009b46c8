-- What opted-in testers said. Their words appear only where they agreed to be quoted.
-- grain: feedback_id
create or replace view feedback as
select
    app, cohort, feedback_id, tester, language, version, screen, rating,
    case when may_quote then text end as text,
    submitted_at, consent_version, may_analyse, may_quote, is_sample
from core.feedback;
