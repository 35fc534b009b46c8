-- How do languages and countries differ in the last ninety days?
-- 直近 90 日、言語・国によってどう違うか。
with days as (
    select
        store, place_of(country, language) as place, day,
        sum(n_1) as n_1, sum(n_2) as n_2, sum(n_3) as n_3, sum(n_4) as n_4, sum(n_5) as n_5,
        sum(n_negative) as n_negative, sum(n_classified) as n_classified
    from ratings_daily
    where app = 'sample' and day > (select max(day) - 90 from ratings_daily where app = 'sample')
    group by all
),
places as (
    select
        store, place, sum(n_1 + n_2 + n_3 + n_4 + n_5)::bigint as n,
        stars_interval(star_sums(n_1, n_2, n_3, n_4, n_5)) as stars,
        share_interval(share_sums(n_negative, n_classified)) as negative
    from days group by all
)
select
    store, place, n, round(stars.mean, 2) as mean, round(stars.low, 2) as low, round(stars.high, 2) as high,
    round(negative.mean, 3) as share_negative, round(negative.low, 3) as negative_low,
    round(negative.high, 3) as negative_high
from places
order by store, place;
