-- How often are these statistics wrong? Measured false-alarm rates, power and coverage of intervals, as the last
-- `hoshiyomi analyse --audit` found them on this data; earlier runs are kept.
-- grain: run_at, test, measure, n, effect
-- order: run_at, test, measure, effect, n
-- nullable: n, passes
create or replace view audit as
select run_at, test, measure, n, effect, trials, hits, rate, low, high, target, passes, seconds, seed
from inferred.audit;
