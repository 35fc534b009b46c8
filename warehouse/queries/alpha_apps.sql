-- Which apps have testers, and how many pieces of feedback did they send?
with said as (select app, count(*) as n, bool_or(is_sample) as is_sample from feedback group by app),
asked as (select app, bool_or(is_sample) as is_sample from consents group by app),
named as (select app, min(name) as name from apps group by app)
select
    app, coalesce(n.name, app) as name, coalesce(s.n, 0) as n_total,
    coalesce(s.is_sample, k.is_sample, false) as is_sample
from said s
full join asked k using (app)
left join named n using (app)
order by name, app;
