-- What did the store display, as the last sighting of each day (UTC) had it? Where it was asked in several
-- countries, the one with the most ratings speaks, as on the screen.
with snapshots as (
    select
        a.series, s.store_app_id, coalesce(s.country, '') as country, coalesce(s.language, '') as language,
        s.observed_at, s.displayed_score, s.ratings_count, s.stars_1, s.stars_2, s.stars_3, s.stars_4, s.stars_5
    from core.rating_snapshots s
    join analysis_series a using (store, store_app_id)
),
speaking as (
    select series, store_app_id, country, language from snapshots
    group by series, store_app_id, country, language
    qualify row_number() over (
        partition by series
        order by max(ratings_count) desc nulls last, count(*) desc, store_app_id, country, language
    ) = 1
)
select
    s.series, s.observed_at, s.displayed_score, s.ratings_count,
    s.stars_1, s.stars_2, s.stars_3, s.stars_4, s.stars_5
from snapshots s
semi join speaking using (series, store_app_id, country, language)
qualify row_number() over (
    partition by s.series, (s.observed_at at time zone 'UTC')::date order by s.observed_at desc
) = 1
order by s.series, s.observed_at;
