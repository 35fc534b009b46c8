-- The same of the ledger: how many testers' entries go on which day.
select
    c.app,
    greatest(
        (c.entered_at + to_days($days) - interval 1 microsecond)::date + 1,
        (coalesce(m.marked_at, $now) + to_days($grace))::date
    ) as goes_on,
    count(*) as testers, count(*) filter (m.marked_at is null) as unmarked
from core.consent_now c
left join core.expiring_ledger m using (tester, app)
where c.event = 'withdrawn' and c.entered_at <= $soon
    and not exists (from core.feedback f where f.tester = c.tester and f.app = c.app)
group by all
order by goes_on, app;
