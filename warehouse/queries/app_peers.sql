-- The mean of all the days of $app and of every app that one of the stores puts into the same category: series B, with
-- its interval. An app counts once, with its reviews in all the stores that are asked. No row where nobody gave stars.
with own as (
    select distinct store, category
    from apps
    where app = $app and category is not null and is_of_store(store, $stores)
),
peers as (select distinct a.app from apps a join own o on o.store = a.store and o.category = a.category),
days as (
    select
        app, day,
        sum(n_1) as n_1, sum(n_2) as n_2, sum(n_3) as n_3, sum(n_4) as n_4, sum(n_5) as n_5,
        sum(n - n_unrated) as n
    from ratings_daily
    where app in (from peers)
        and is_of_store(store, $stores)
        and day between $first::date and $last::date
    group by all
),
counted as (
    select app, sum(n)::bigint as n, stars_interval(star_sums(n_1, n_2, n_3, n_4, n_5)) as stars from days group by app
)
select app, n, stars.mean as mean, stars.low as low, stars.high as high
from counted
where n > 0
order by app;
