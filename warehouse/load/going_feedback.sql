-- What goes next, by app and day: the first day (UTC) on which it is past its time and its grace is over. Of what
-- is not marked yet the grace begins at $now.
select
    f.app,
    greatest(
        (f.submitted_at + to_days($days) - interval 1 microsecond)::date + 1,
        (coalesce(m.marked_at, $now) + to_days($grace))::date
    ) as goes_on,
    count(*) as pieces, count(distinct f.tester) as testers,
    min(f.submitted_at)::date as first_sent, max(f.submitted_at)::date as last_sent,
    count(*) filter (m.marked_at is null) as unmarked
from core.feedback f
left join core.expiring_feedback m using (feedback_id)
where f.submitted_at <= $soon
group by all
order by goes_on, app;
