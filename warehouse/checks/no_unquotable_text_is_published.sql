-- says: words of testers are published only with their newest consent to be quoted, and from cohorts of five or more
-- severity: stop
-- Asked of the ledger itself, not of what loading made of it.
with newest as (
    select
        tester, app, max_by(
            event <> 'withdrawn' and may_improve and may_quote,
            (entered_at, event = 'withdrawn', not may_improve, not may_quote)
        ) as may_quote
    from core.consents group by all
),
people as (
    select app, cohort, count(distinct tester) as n from core.feedback group by all
)
select f.feedback_id
from feedback f
join core.feedback k using (feedback_id)
join people p on p.app = k.app and p.cohort = k.cohort
left join newest c on c.tester = k.tester and c.app = k.app
where f.text is not null
    and not (coalesce(c.may_quote, false) and k.said_quote and p.n >= 5);
