-- says: cohorts with fewer than five people are not broken down
-- severity: stop
with people as (
    select app, cohort, count(distinct tester) as n from core.feedback group by all
),
small as (
    select k.feedback_id
    from core.feedback k join people p on p.app = k.app and p.cohort = k.cohort
    where p.n < 5
)
select f.feedback_id
from feedback f
semi join small using (feedback_id)
where coalesce(f.cohort, f.language, f.version, f.screen, f.device, f.text) is not null
union all
select feedback_id from feedback_predictions semi join small using (feedback_id)
union all
select feedback_id from feedback_topics semi join small using (feedback_id);
