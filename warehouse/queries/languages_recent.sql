-- In which languages are the texts of each app, of the thirty days that the overview shows?
select d.app, d.store, d.language, sum(d.n)::bigint as n
from languages_daily d
join (
    select app, store, (max(as_of) at time zone 'UTC')::date as last_day from overview group by app, store
) e using (app, store)
where d.day > e.last_day - 30
group by all
order by all;
