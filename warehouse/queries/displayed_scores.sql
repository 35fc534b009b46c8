-- Series A: what the stores displayed in the span, one row a snapshot. Where a store was asked in
-- several countries, the country with the most ratings speaks, and is named.
with snapshots as (
    select
        store, coalesce(country, '') as country, coalesce(language, '') as language, observed_at,
        observed_at_basis, displayed_score, ratings_count, version
    from rating_snapshots
    where app = $app
        and displayed_score is not null
        and is_of_store(store, $stores)
        and day_of(observed_at) between $first::date and $last::date
),
speaking as (
    select store, country, language from snapshots
    group by store, country, language
    qualify row_number() over (
        partition by store
        order by max(ratings_count) desc nulls last, count(*) desc, country, language
    ) = 1
)
select s.* replace (nullif(s.country, '') as country, nullif(s.language, '') as language)
from snapshots s
semi join speaking using (store, country, language)
order by s.store, s.observed_at;
