-- says: the ledger's cohorts with fewer than five people have no name and no numbers
-- severity: stop
with people as (
    select app, cohort, count(*) as n from core.consent_now group by all
)
select c.app, c.cohort, c.wording, c.purpose
from consents c
left join people p using (app, cohort)
where (c.cohort is not null and coalesce(p.n, 0) < 5)
    or (c.cohort is null and coalesce(c.wording, c.people::varchar, c.agreed::varchar) is not null)
    or c.people < 5;
