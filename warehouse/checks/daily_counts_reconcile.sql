-- says: the daily mart counts every review exactly once
-- severity: stop
select kept.n, counted.n
from (select count(*) as n from core.reviews) kept, (select coalesce(sum(n), 0) as n from ratings_daily) counted
where kept.n <> counted.n;
