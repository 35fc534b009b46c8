-- The category that each store gives each app, and how many of the apps share it. Only where a store said one.
with said as (select distinct app, store, category from apps where category is not null)
select app, store, category, count(*) over (partition by store, category) as n_apps
from said
order by app, store, category;
