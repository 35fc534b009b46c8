-- How many reviews of every app in every store are in a language that the serving model's card does not cover, and how
-- many was it given? Those with the most come first.
select
    o.name, d.app, d.store, d.store_app_id,
    sum(d.n_not_covered)::bigint as n_not_covered,
    sum(d.n_classified)::bigint as n_classified
from ratings_daily d
join overview o using (app, store, store_app_id)
group by all
order by n_not_covered desc, o.name, d.store, d.store_app_id;
