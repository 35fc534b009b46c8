-- One span in one row: stars, mean review rating with its interval, tone. `sd` is the posterior
-- standard deviation of the mean: the difference of two spans has the variances added. `n_not_covered`, reviews
-- in a language outside the model's card, is null in publications that were made before it was counted.
with days as (
    select * from ratings_daily
    union all by name
    select null::bigint as n_not_covered where false
),
stars as (
    select
        coalesce(sum(n), 0)::bigint as n_reviews,
        coalesce(sum(n - n_unrated), 0)::bigint as n,
        coalesce(sum(n_1), 0)::bigint as n_1,
        coalesce(sum(n_2), 0)::bigint as n_2,
        coalesce(sum(n_3), 0)::bigint as n_3,
        coalesce(sum(n_4), 0)::bigint as n_4,
        coalesce(sum(n_5), 0)::bigint as n_5,
        coalesce(sum(n_classified), 0)::bigint as n_classified,
        sum(n_not_covered)::bigint as n_not_covered,
        coalesce(sum(n_negative), 0)::bigint as n_negative,
        coalesce(sum(n_neutral), 0)::bigint as n_neutral,
        coalesce(sum(n_positive), 0)::bigint as n_positive
    from days
    where app = $app
        and ($stores::varchar[] is null or list_contains($stores::varchar[], store))
        and (
            $places::varchar[] is null
            or list_contains(
                $places::varchar[], coalesce('country:' || country, 'language:' || language, 'unknown')
            )
        )
        and ($versions::varchar[] is null or list_contains($versions::varchar[], coalesce(version, 'unknown')))
        and day between $first::date and $last::date
)
select
    *,
    rating_mean(n_1, n_2, n_3, n_4, n_5) as mean,
    case when n > 0 then rating_low(n_1, n_2, n_3, n_4, n_5) end as low,
    case when n > 0 then rating_high(n_1, n_2, n_3, n_4, n_5) end as high,
    case when n > 0 then rating_posterior_sd(n_1, n_2, n_3, n_4, n_5) end as sd
from stars;
