-- says: words of testers are published only with their newest consent to be quoted, and from cohorts of five or more
-- severity: stop
-- Asked of the ledger itself, not of what loading made of it.
with people as (
    select app, cohort, count(distinct tester) as n from core.feedback group by all
)
select f.feedback_id
from feedback f
join core.feedback k using (feedback_id)
join people p on p.app = k.app and p.cohort = k.cohort
left join core.consent_now c on c.tester = k.tester and c.app = k.app
where f.text is not null
    and not (coalesce(c.may_quote, false) and k.said_quote and p.n >= 5);
