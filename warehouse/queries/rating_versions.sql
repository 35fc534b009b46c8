-- What the reviews of the span gave each version, in the order in which the versions came out: by
-- release date where it is known, else by the first review of it or of a later number. A version that
-- one review names months after its successor came out before it.
with per_day as (
    select
        store, store_app_id, coalesce(version, 'unknown') as version, day,
        sum(n - n_unrated) as n,
        sum(n_1) as n_1, sum(n_2) as n_2, sum(n_3) as n_3, sum(n_4) as n_4, sum(n_5) as n_5
    from ratings_daily
    where app = $app
        and in_scope(store, country, language, version, $stores, $places, $versions)
        and day between $first::date and $last::date
    group by all
),
per_version as (
    select
        store, store_app_id, version,
        sum(n)::bigint as n,
        stars_interval(star_sums(n_1, n_2, n_3, n_4, n_5)) as stars,
        min(day) as first_day, max(day) as last_day
    from per_day
    group by all
),
dated as (
    select
        p.*, day_of(r.released_at) as released_on,
        coalesce(day_of(r.released_at), p.first_day) as known_day,
        regexp_extract_all(p.version, '\d{1,18}')::bigint[] as numbers
    from per_version p
    left join releases r
        on r.store = p.store and r.store_app_id = p.store_app_id and r.version = p.version
        and r.basis <> 'detected'
    where p.n > 0
),
placed as (
    select
        d.*,
        coalesce(
            d.released_on,
            (
                select min(later.known_day) from dated later
                where later.store = d.store and later.store_app_id = d.store_app_id
                    and later.version <> 'unknown' and later.numbers >= d.numbers
            ),
            d.known_day
        ) as out_on
    from dated d
)
select
    store, version, n,
    stars.mean as mean,
    stars.low as low,
    stars.high as high,
    released_on,
    first_day, last_day
from placed
order by version = 'unknown', out_on, numbers, version, store;
