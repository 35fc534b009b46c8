-- The same as analysis_counts.sql where `analysis_wanted` is a small part of all series: their reviews are found first, and
-- only what was said of their texts is looked at.
create or replace temp table found_reviews as
select
    a.series,
    ((r.reviewed_at at time zone 'UTC')::date - date '1970-01-01')::integer as day,
    coalesce(r.rating, 0)::tinyint as stars,
    r.text_hash
from core.reviews r
join analysis_wanted a using (store, store_app_id);

create or replace temp table asked as select distinct text_hash from found_reviews where text_hash is not null;

create or replace temp table spoken as
select t.text_hash, bit_or(1::ubigint << c.position)::uinteger as topics
from inferred.topics t
semi join asked using (text_hash)
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
semi join asked using (text_hash)
semi join (from inferred.models where is_serving) using (model_version)
left join spoken s using (text_hash);

create or replace temp table counts as
select
    r.series, r.day, r.stars,
    coalesce(t.sentiment, -1)::tinyint as sentiment,
    coalesce(t.topics, 0)::uinteger as topics,
    count(*)::bigint as n
from found_reviews r
left join read t using (text_hash)
group by all;

drop table spoken;
drop table read;
drop table asked;
drop table found_reviews;

from counts
order by all;
