-- How many reviews are wanted (as in review_search.sql): a row for each day, week (from Monday) or month of
-- the span, those without a find, too, and one row without days for all of them together.
with ours as (
    select
        store, store_app_id, review_id, rating, reviewed_at,
        concat_ws(chr(10), title, text) as said
    from reviews
    where app = $app
        and ($stores::varchar[] is null or list_contains($stores::varchar[], store))
        and (
            $places::varchar[] is null
            or list_contains(
                $places::varchar[], coalesce('country:' || country, 'language:' || language, 'unknown')
            )
        )
        and ($versions::varchar[] is null or list_contains($versions::varchar[], coalesce(version, 'unknown')))
        and reviewed_at >= $first::date::timestamp at time zone 'UTC'
        and reviewed_at < ($last::date + 1)::timestamp at time zone 'UTC'
        and ($stars::integer[] is null or list_contains($stars::integer[], rating::integer))
        and ($edited::boolean is null or edited = $edited::boolean)
        and ($answered::boolean is null or (reply is not null) = $answered::boolean)
        and (
            $vanished::varchar[] is null
            or concat_ws('/', store, store_app_id, review_id) in (select unnest($vanished::varchar[]))
        )
),
said as (
    select
        * exclude (said),
        case
            when strlen(said) = length(said) or not regexp_matches(said, $foldable) then lower(said)
            else nfc_normalize(lower(translate(said, $wide, $narrow)))
        end as said
    from ours
),
read_texts as (
    select store, store_app_id, review_id, sentiment, p_negative, p_positive from predictions where app = $app
),
spoken as (
    select store, store_app_id, review_id from topics where app = $app and topic = $topic::varchar
),
chosen as (
    select (r.reviewed_at at time zone 'UTC')::date as day, r.rating, p.sentiment
    from said r
    left join read_texts p using (store, store_app_id, review_id)
    where (
            $words::varchar[] is null
            or list_bool_and(list_transform($words::varchar[], lambda w: contains(r.said, w)))
        )
        and ($tone::varchar is null or p.sentiment = $tone::varchar)
        and (
            $topic::varchar is null
            or (r.store, r.store_app_id, r.review_id) in (select (store, store_app_id, review_id) from spoken)
        )
        and (
            $disagrees::double is null
            or (r.rating >= 4 and p.p_negative >= $disagrees::double)
            or (r.rating <= 2 and p.p_positive >= $disagrees::double)
        )
),
by_day as (
    select
        date_trunc($grain, day)::date as period, day,
        count(*) as n_reviews,
        count(rating) as n,
        count(*) filter (rating = 1) as n_1,
        count(*) filter (rating = 2) as n_2,
        count(*) filter (rating = 3) as n_3,
        count(*) filter (rating = 4) as n_4,
        count(*) filter (rating = 5) as n_5,
        count(*) filter (sentiment <> 'not_covered') as n_classified,
        count(*) filter (sentiment = 'not_covered') as n_not_covered,
        count(*) filter (sentiment = 'negative') as n_negative,
        count(*) filter (sentiment = 'neutral') as n_neutral,
        count(*) filter (sentiment = 'positive') as n_positive
    from chosen
    group by all
),
counted as (
    select
        period,
        sum(n_reviews)::bigint as n_reviews,
        sum(n)::bigint as n,
        sum(n_classified)::bigint as n_classified,
        sum(n_not_covered)::bigint as n_not_covered,
        sum(n_negative)::bigint as n_negative,
        sum(n_neutral)::bigint as n_neutral,
        sum(n_positive)::bigint as n_positive,
        stars_interval(star_sums(n_1, n_2, n_3, n_4, n_5)) as stars
    from by_day
    group by rollup (period)
),
periods as (
    select unnest(generate_series(
        date_trunc($grain, $first::date)::timestamp,
        $last::date::timestamp,
        case $grain when 'day' then interval 1 day when 'week' then interval 7 day else interval 1 month end
    ))::date as period
    union all
    select null
)
select
    greatest(p.period, $first::date) as first_day,
    least(
        case $grain
            when 'day' then p.period
            when 'week' then p.period + 6
            else (p.period + interval 1 month)::date - 1
        end,
        $last::date
    ) as last_day,
    coalesce(c.n_reviews, 0) as n_reviews,
    coalesce(c.n, 0) as n,
    coalesce(c.n_classified, 0) as n_classified,
    coalesce(c.n_not_covered, 0) as n_not_covered,
    coalesce(c.n_negative, 0) as n_negative,
    coalesce(c.n_neutral, 0) as n_neutral,
    coalesce(c.n_positive, 0) as n_positive,
    c.stars.mean as mean,
    c.stars.low as low,
    c.stars.high as high,
    p.period is null as is_all
from periods p
left join counted c on c.period is not distinct from p.period
order by is_all desc, first_day;
