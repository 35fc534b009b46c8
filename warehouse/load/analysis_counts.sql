-- How many reviews share series, day (since 1970-01-01, UTC), stars, sentiment and topics? The whole of what the
-- statistics of reviews are made of. Of the series of `analysis_wanted`, here most of them (analysis_counts_of_few.sql). Step by step through temporary tables, which DuckDB can put on disk: in
-- one statement its joins and groups share the memory, and ten million reviews do not fit into the limit.
create or replace temp table spoken as
select t.text_hash, bit_or(1::ubigint << c.position)::uinteger as topics
from inferred.topics t
semi join (from inferred.models where is_serving) using (model_version)
join core.topic_config c using (topic)
where c.position < 32
group by t.text_hash;

create or replace temp table read as
select
    p.text_hash,
    case p.sentiment when 'negative' then 0 when 'neutral' then 1 when 'positive' then 2 end::tinyint as sentiment,
    s.topics
from inferred.predictions p
semi join (from inferred.models where is_serving) using (model_version)
left join spoken s using (text_hash);

create or replace temp table told as
select
    a.series,
    ((r.reviewed_at at time zone 'UTC')::date - date '1970-01-01')::integer as day,
    coalesce(r.rating, 0)::tinyint as stars,
    coalesce(t.sentiment, -1)::tinyint as sentiment,
    coalesce(t.topics, 0)::uinteger as topics
from core.reviews r
join analysis_wanted a using (store, store_app_id)
left join read t on t.text_hash = r.text_hash;

drop table spoken;
drop table read;

create or replace temp table counts as
select series, day, stars, sentiment, topics, count(*)::bigint as n
from told
group by all;

drop table told;

from counts
order by all;
