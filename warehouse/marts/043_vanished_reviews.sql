-- Which reviews does the store no longer show? They stay in `reviews`; a crawl of the same source that asked
-- for everything, came to the confirmed end and did not meet them says since when.
-- grain: store, store_app_id, review_id
-- nullable: app, language, country
create or replace table vanished_reviews as
with whole_crawls as (
    select source, store, store_app_id, language, country, covered_until, finished_at
    from core.coverage
    -- A dump is no crawl, and the official week is not everything.
    where source in ('google_play', 'app_store_feed', 'app_store_connect')
        and asked_for = 'reviews' and asked_since is null
        and outcome = 'complete' and reason = 'end_confirmed'
),
seen as (
    -- in whichever of its states
    select r.* exclude (last_seen_at), greatest(r.last_seen_at, h.last_seen_at) as last_seen_at
    from core.reviews r
    left join (
        select store, store_app_id, review_id, max(last_seen_at) as last_seen_at
        from core.review_history group by all
    ) h using (store, store_app_id, review_id)
)
select
    r.store, r.store_app_id, r.review_id, a.app, r.language, r.country, r.reviewed_at, r.last_seen_at,
    min(c.finished_at) as vanished_at
from seen r
join whole_crawls c
    on c.source = r.source and c.store = r.store and c.store_app_id = r.store_app_id
    and (c.language is null or c.language is not distinct from r.language)
    and (c.country is null or c.country is not distinct from r.country)
    -- what a crawl met was seen after the crawl began
    and c.covered_until > r.last_seen_at
left join apps a on a.store = r.store and a.store_app_id = r.store_app_id
group by all
order by r.store, r.store_app_id, r.review_id;
