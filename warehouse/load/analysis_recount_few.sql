-- The same as analysis_recount_many.sql where `stale_reviews` are a small part of all: only what was said of their texts is
-- looked at.
create or replace temp table asked as select distinct text_hash from stale_reviews where text_hash is not null;

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

insert into inferred.review_counts
select
    r.store, r.store_app_id, r.day, coalesce(r.rating, 0)::tinyint as stars,
    coalesce(t.sentiment, -1)::tinyint as sentiment,
    coalesce(t.topics, 0)::uinteger as topics,
    count(*)::bigint as n
from stale_reviews r
left join read t using (text_hash)
group by all;

drop table spoken;
drop table read;
drop table asked;
