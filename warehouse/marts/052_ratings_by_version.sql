-- What did the reviews written about each version give on average, and how sure is that?
-- grain: store, store_app_id, version
-- nullable: version, mean, low, high, released_at
create or replace table ratings_by_version as
with per_version as (
    select
        app, store, store_app_id, version,
        sum(n - n_unrated)::bigint as n,
        sum(n_1) as n1, sum(n_2) as n2, sum(n_3) as n3, sum(n_4) as n4, sum(n_5) as n5,
        min(day) as first_day, max(day) as last_day
    from ratings_daily
    group by all
)
select
    p.app, p.store, p.store_app_id, p.version, p.n,
    rating_mean(n1, n2, n3, n4, n5) as mean,
    case when p.n > 0 then rating_low(n1, n2, n3, n4, n5) end as low,
    case when p.n > 0 then rating_high(n1, n2, n3, n4, n5) end as high,
    p.first_day as first_review_at,
    p.last_day as last_review_at,
    r.released_at
from per_version p
left join core.releases r using (store, store_app_id, version)
order by p.app, p.store, p.store_app_id, coalesce(r.released_at, p.first_day);
