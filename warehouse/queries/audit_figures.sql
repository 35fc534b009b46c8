-- How often are the statistics wrong, as the newest audit measured it?
select run_at, test, measure, n, effect, trials, hits, rate, low, high, target, passes
from audit
where run_at = (select max(run_at) from audit)
order by test, measure, effect, n;
