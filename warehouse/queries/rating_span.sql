-- One span in one row: stars, mean review rating with its interval, sentiment. `n_not_covered`, reviews in a language outside the model's card, is null in publications that were made before it was counted.
with days as (
    select * from ratings_daily
    union all by name
    select null::bigint as n_not_covered where false
),
per_day as (
    select
        day,
        sum(n) as n_reviews, sum(n - n_unrated) as n,
        sum(n_1) as n_1, sum(n_2) as n_2, sum(n_3) as n_3, sum(n_4) as n_4, sum(n_5) as n_5,
        sum(n_classified) as n_classified, sum(n_not_covered) as n_not_covered,
        sum(n_negative) as n_negative, sum(n_neutral) as n_neutral, sum(n_positive) as n_positive
    from days
    where app = $app
        and in_scope(store, country, language, version, $stores, $places, $versions)
        and day between $first::date and $last::date
    group by day
),
span as (
    select
        coalesce(sum(n_reviews), 0)::bigint as n_reviews,
        coalesce(sum(n), 0)::bigint as n,
        coalesce(sum(n_1), 0)::bigint as n_1,
        coalesce(sum(n_2), 0)::bigint as n_2,
        coalesce(sum(n_3), 0)::bigint as n_3,
        coalesce(sum(n_4), 0)::bigint as n_4,
        coalesce(sum(n_5), 0)::bigint as n_5,
        coalesce(sum(n_classified), 0)::bigint as n_classified,
        sum(n_not_covered)::bigint as n_not_covered,
        coalesce(sum(n_negative), 0)::bigint as n_negative,
        coalesce(sum(n_neutral), 0)::bigint as n_neutral,
        coalesce(sum(n_positive), 0)::bigint as n_positive,
        stars_interval(star_sums(n_1, n_2, n_3, n_4, n_5)) as stars
    from per_day
)
select * exclude (stars), stars.mean as mean, stars.low as low, stars.high as high
from span;
