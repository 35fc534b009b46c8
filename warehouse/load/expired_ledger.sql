-- Who withdrew at or before $until, agreed to nothing since, has no feedback and has been marked since $ripe or longer.
select c.tester, c.app
from core.consent_now c
join core.expiring_ledger m on m.tester = c.tester and m.app = c.app and m.marked_at <= $ripe
where c.event = 'withdrawn' and c.entered_at <= $until
    and not exists (from core.feedback f where f.tester = c.tester and f.app = c.app)
order by all;
