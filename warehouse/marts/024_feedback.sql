-- What did opted-in testers say? Words appear only where their writer agrees to be quoted. A cohort with fewer
-- than five people is not broken down: its name, language, version, screen and device are null, the time is a
-- day, and no words appear.
-- grain: feedback_id
-- snapshot: none
-- nullable: cohort, language, version, screen, device, rating, text, consent_version
create or replace view feedback as
with cohorts as (
    select app, cohort, count(distinct tester) >= 5 as is_large from core.feedback group by all
)
select
    f.app,
    case when c.is_large then f.cohort end as cohort,
    f.feedback_id,
    case when c.is_large then f.language end as language,
    case when c.is_large then f.version end as version,
    case when c.is_large then f.screen end as screen,
    case when c.is_large then f.device end as device,
    f.rating,
    case when c.is_large and f.may_quote then f.text end as text,
    case when c.is_large then f.submitted_at else date_trunc('day', f.submitted_at) end as submitted_at,
    case when c.is_large then f.consent_version end as consent_version,
    f.may_analyse, f.may_quote, f.redactions::bigint as redactions, f.source, f.is_sample
from core.feedback f
join cohorts c using (app, cohort);
