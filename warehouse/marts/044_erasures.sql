-- How many testers' feedback was asked to be erased, by what, on which day (UTC), and how much of that is done?
-- No pseudonym, no app: a day may speak of one person.
-- grain: asked_on, source
-- snapshot: none
-- nullable: last_done_on
create or replace table erasures as
select
    (e.erased_until at time zone 'UTC')::date as asked_on,
    e.source,
    count(*) as asked,
    count(d.done_at) as done,
    max((d.done_at at time zone 'UTC')::date) as last_done_on
from core.erasures e
left join (
    select tester, app, erased_until, min(done_at) as done_at from core.erasures_done group by all
) d on d.tester = e.tester and d.app is not distinct from e.app and d.erased_until = e.erased_until
group by all
order by asked_on, e.source;
