-- How many of the reviews of `stale_reviews`, here most of all (analysis_recount_few.sql), share day, stars, sentiment and
-- topics? Step by step through temporary tables, which DuckDB can put on disk: in one statement its joins and groups share
-- the memory, and ten million reviews do not fit into the limit.
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

-- in place of two texts a row
create or replace temp table numbered as
select store, store_app_id, row_number() over ()::integer as number from core.app_stores;

create or replace temp table told as
select
    a.number, r.day,
    coalesce(r.rating, 0)::tinyint as stars,
    coalesce(t.sentiment, -1)::tinyint as sentiment,
    coalesce(t.topics, 0)::uinteger as topics
from stale_reviews r
join numbered a using (store, store_app_id)
left join read t on t.text_hash = r.text_hash;

drop table spoken;
drop table read;

insert into inferred.review_counts
with counts as (
    select number, day, stars, sentiment, topics, count(*)::bigint as n from told group by all
)
select a.store, a.store_app_id, c.day, c.stars, c.sentiment, c.topics, c.n
from counts c join numbered a using (number);

drop table told;
drop table numbered;
