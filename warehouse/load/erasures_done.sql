insert into core.erasures_done (tester, app, erased_until, done_at)
select $tester, $app, $until::timestamptz, $now::timestamptz;
