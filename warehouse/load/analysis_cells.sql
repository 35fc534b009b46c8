-- How many reviews share series, day (since 1970-01-01, UTC), stars, tone and topics? The whole of what the
-- statistics of reviews are made of, in one pass.
with serving as (
    select model_version from inferred.models where is_serving
),
spoken as (
    select t.text_hash, bit_or(1::ubigint << c.position)::uinteger as topics
    from inferred.topics t
    semi join serving using (model_version)
    join core.topic_config c using (topic)
    where c.position < 32
    group by t.text_hash
),
read as (
    select
        p.text_hash,
        case p.sentiment when 'negative' then 0 when 'neutral' then 1 when 'positive' then 2 end as tone,
        s.topics
    from inferred.predictions p
    semi join serving using (model_version)
    left join spoken s using (text_hash)
)
select
    a.series,
    ((r.reviewed_at at time zone 'UTC')::date - date '1970-01-01')::integer as day,
    coalesce(r.rating, 0)::tinyint as stars,
    coalesce(t.tone, -1)::tinyint as tone,
    coalesce(t.topics, 0)::uinteger as topics,
    count(*)::bigint as n
from core.reviews r
join analysis_series a using (store, store_app_id)
left join read t on t.text_hash = r.text_hash
group by all
order by all;
