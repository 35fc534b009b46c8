select source, outcome, reason, count(*) as batches
from coverage
group by all
order by source, outcome, reason;
