-- The same for the ledger's entries of testers who withdrew at or before $soon and have no feedback.
create or replace temp table ending as
select tester, app from core.consent_now c
where event = 'withdrawn' and entered_at <= $soon
    and not exists (from core.feedback f where f.tester = c.tester and f.app = c.app);

delete from core.expiring_ledger m
where marked_at > $now or not exists (from ending e where e.tester = m.tester and e.app = m.app);

insert into core.expiring_ledger (tester, app, marked_at)
select tester, app, $now from ending e
where not exists (from core.expiring_ledger m where m.tester = e.tester and m.app = e.app);

drop table ending;

-- After a clock that had to be confirmed every grace begins anew.
update core.expiring_ledger set marked_at = $since where marked_at < $since;
