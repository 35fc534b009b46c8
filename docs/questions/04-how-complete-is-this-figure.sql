-- How complete is the figure of the last thirty days: was everything asked, read, dated and classified?
-- 直近 30 日の数字はどこまで揃っているか。
with span as (
    select store, store_app_id, as_of, (as_of at time zone 'UTC')::date as last_day from overview where app = 'sample'
),
requests as (
    select
        c.store, c.store_app_id,
        count(*) as places,
        count(*) filter (c.outcome = 'complete') as places_complete,
        min(c.covered_until) as covered_until
    from (
        from coverage where app = 'sample' and asked_for = 'reviews'
        qualify row_number() over (
            partition by source, store, store_app_id, language, country order by finished_at desc, batch desc
        ) = 1
    ) c
    group by all
),
days as (
    select
        d.store, d.store_app_id,
        sum(d.n) as n, sum(d.n_unrated) as n_unrated,
        sum(d.n) filter (d.version is null) as n_versionless,
        sum(d.n_classified) as n_classified, sum(d.n_not_covered) as n_not_covered,
        count(distinct d.day) as days_with_reviews
    from ratings_daily d
    join span s using (store, store_app_id)
    where d.app = 'sample' and d.day > s.last_day - 30 and d.day <= s.last_day
    group by all
),
gaps as (
    select store, count(*) as gaps
    from series_events
    where app = 'sample' and kind = 'coverage_gap' and coalesce(until, happened_at) > (
        select min(as_of) - interval 30 day from span
    )
    group by all
)
select
    s.store, s.as_of, r.covered_until, r.places, r.places_complete, coalesce(g.gaps, 0) as gaps,
    d.n::bigint as n, d.days_with_reviews,
    round(d.n_classified / d.n, 3) as share_classified,
    round(d.n_not_covered / d.n, 3) as share_not_covered,
    round(coalesce(d.n_versionless, 0) / d.n, 3) as share_versionless
from span s
left join requests r using (store, store_app_id)
left join days d using (store, store_app_id)
left join gaps g using (store)
order by s.store;
