-- How did the asks of each source end, day by day, in the last days before this publication?
select
    day_of(c.finished_at) as day,
    c.source,
    count(*) as asks,
    count(*) filter (c.outcome = 'complete') as n_complete,
    count(*) filter (c.outcome = 'partial') as n_partial,
    count(*) filter (c.outcome = 'failed') as n_failed,
    count(distinct c.run_id) as runs,
    sum(c.got)::bigint as got,
    sum(c.n_new)::bigint as new,
    sum(c.n_edited)::bigint as edited,
    sum(c.rejected)::bigint as rejected
from coverage c, publication p
where day_of(c.finished_at) > day_of(p.published_at) - $days::integer
group by all
order by day, c.source;
