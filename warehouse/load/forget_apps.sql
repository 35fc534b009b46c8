-- Of which apps the list tells, on how many days, from when to when.
select
    store, store_app_id, count(distinct review_id) as reviews, count(distinct day) as days, min(day), max(day)
from going where day is not null group by all order by all;
