-- Until when whose feedback is to go: what was sent at or before $until and has been marked since $ripe or longer.
-- A tombstone covers everything before its moment, so it ends before the first piece whose grace is not over.
with past as (
    select f.tester, f.app, f.submitted_at, coalesce(m.marked_at <= $ripe, false) as is_ripe
    from core.feedback f
    left join core.expiring_feedback m using (feedback_id)
    where f.submitted_at <= $until
),
ends as (
    select
        tester, app, min(submitted_at) as first_sent,
        min(submitted_at) filter (not is_ripe) as first_unripe
    from past
    group by all
)
select tester, app, least($until, coalesce(first_unripe - interval 1 microsecond, $until)) as erase_until
from ends
where first_unripe is null or first_sent < first_unripe
order by all;
