-- says: of every batch as many rows were loaded as its coverage says were got
-- severity: stop
-- Feedback is left out: an erasure takes its rows away. Merged batches (`compact-`) hold only that.
with held as (
    select
        split_part(path, '/', 2) as batch,
        case kind when 'rating_snapshots' then 'snapshots' else kind end as asked_for,
        -- a file that was loaded before rows were counted cannot tell
        case when count(rows) = count(*) then sum(rows) end as rows
    from core.landing_files
    where kind in ('reviews', 'rating_snapshots', 'daily_ratings')
    group by all
),
said as (
    select batch, asked_for, sum(got) as got
    from core.coverage
    where asked_for in ('reviews', 'snapshots', 'daily_ratings')
    group by all
)
select s.batch, s.asked_for, s.got, coalesce(h.rows, 0) as rows
from said s
left join held h using (batch, asked_for)
where s.got > 0 and (h.batch is null or h.rows < s.got);
