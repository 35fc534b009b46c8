-- What did the reviews written about each version give on average, and how sure is that? Those that name no version
-- are one row of an app in a store, not `has_version`; `share` is a row's part of the app's rated reviews there.
-- grain: store, store_app_id, version
-- nullable: version, share, mean, low, high, released_at
create or replace table ratings_by_version as
with per_day as (
    select
        app, store, store_app_id, version, day,
        sum(n - n_unrated) as n,
        sum(n_1) as n_1, sum(n_2) as n_2, sum(n_3) as n_3, sum(n_4) as n_4, sum(n_5) as n_5
    from ratings_daily
    group by all
),
per_version as (
    select
        app, store, store_app_id, version,
        sum(n)::bigint as n,
        stars_interval(star_sums(n_1, n_2, n_3, n_4, n_5)) as stars,
        min(day) as first_day, max(day) as last_day
    from per_day
    group by all
)
select
    p.app, p.store, p.store_app_id, p.version, p.version is not null as has_version, p.n,
    p.n / nullif(sum(p.n) over (partition by p.store, p.store_app_id), 0) as share,
    p.stars.mean as mean,
    p.stars.low as low,
    p.stars.high as high,
    p.first_day as first_review_on,
    p.last_day as last_review_on,
    r.released_at
from per_version p
left join releases r using (store, store_app_id, version)
order by p.app, p.store, p.store_app_id, coalesce(r.released_at, p.first_day);
