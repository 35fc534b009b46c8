-- How many testers' feedback was asked to be erased, and how much of that is done? Over all apps: a day or an
-- app may speak of one person.
select coalesce(sum(asked), 0)::bigint as asked, coalesce(sum(done), 0)::bigint as done, max(last_done_on) as last_done_on
from erasures;
