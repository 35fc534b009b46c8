-- How many reviews are wanted (as in review_search.sql): a row for each day, week (from Monday) or month of
-- the span, those without a find, too, and one row without days for all of them together.
with ours as (
    select
        store, store_app_id, review_id, rating, day_of(reviewed_at) as day,
        title, text, search_bits_1, search_bits_2
    from reviews
    where app = $app
        and ($words::varchar[] is null or search_first_look(search_bits_1, search_bits_2, $words))
        and in_scope(store, country, language, version, $stores, $places, $versions)
        and is_in_days(reviewed_at, $first, $last)
        and is_as_asked(store, store_app_id, review_id, rating, is_edited, reply, $stars, $edited, $answered, $vanished)
),
read_texts as (
    select store, store_app_id, review_id, sentiment, p_negative, p_neutral, p_positive from predictions where app = $app
),
spoken as (
    select (store, store_app_id, review_id) from topics where app = $app and topic = $topic::varchar
),
chosen as (
    select r.day, r.rating, p.sentiment
    from ours r
    left join read_texts p using (store, store_app_id, review_id)
    where search_holds(r.title, r.text, r.search_bits_1, r.search_bits_2, $words)
        and ($sentiment::varchar is null or p.sentiment = $sentiment::varchar)
        and ($topic::varchar is null or (r.store, r.store_app_id, r.review_id) in (from spoken))
        and is_at_odds(r.rating, p.p_negative, p.p_positive, $disagrees)
        and is_unsure(p.p_negative, p.p_neutral, p.p_positive, $unsure)
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
    from periods_of($grain, $first, $last)
    union all
    select null, null, null
)
select
    coalesce(p.first_day, $first::date) as first_day,
    coalesce(p.last_day, $last::date) as last_day,
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
