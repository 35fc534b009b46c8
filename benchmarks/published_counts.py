"""The counts of every app and store, read from a published file: what the statistics are made of."""

COUNTS = """
with bits as (select topic, row_number() over (order by position) - 1 as bit from topic_catalogue),
spoken as (
    select store, store_app_id, review_id, sum(1 << bit::integer)::bigint as topics
    from topics join bits using (topic) group by all
)
select
    r.app, r.store, ((r.reviewed_at at time zone 'UTC')::date - date '1970-01-01')::integer as day,
    coalesce(r.rating, 0) as stars,
    case p.sentiment when 'negative' then 0 when 'neutral' then 1 when 'positive' then 2 else -1 end
        as sentiment,
    coalesce(s.topics, 0) as topics, count(*) as n
from reviews r
left join predictions p using (store, store_app_id, review_id)
left join spoken s using (store, store_app_id, review_id)
group by all order by 1, 2, 3
"""
