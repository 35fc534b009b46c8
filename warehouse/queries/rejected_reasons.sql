-- How many rows were put aside, for which reason? Their contents are not asked for.
select source, reason, field, any_value(remedy) as remedy, count(*) as n, count(distinct batch) as batches
from rejected_rows
group by source, reason, field
order by n desc, source, reason, field;
