-- What the last audit measured, in the order of its tests.
select test, measure, n, effect, trials, hits, rate, low, high, target, passes, seconds, run_at, seed
from audit
where run_at = (select max(run_at) from audit)
order by test, measure, effect, n;
