-- What do people who read a review say of it, and what does the serving model? The latest correction of each review; one of a
-- text that was edited since counts no more. `model_sentiment` and `model_topics` are null where the model has not read it.
-- What is right of the model cannot be told from these: people choose which reviews they correct.
-- grain: store, store_app_id, review_id
-- order: app, store, store_app_id
-- nullable: model_sentiment, model_topics
create or replace table corrections as
with said as (
    select a.app, c.*
    from core.corrections c
    join core.reviews r using (store, store_app_id, review_id)
    join apps a using (store, store_app_id)
    where r.text_hash = c.text_hash
),
model as (
    select s.store, s.store_app_id, s.review_id, p.sentiment, s.text_hash, m.model_version
    from said s
    join inferred.predictions p using (text_hash)
    join inferred.models m on m.model_version = p.model_version and m.is_serving
),
spoken as (
    select m.store, m.store_app_id, m.review_id, list(t.topic order by t.topic) as topics
    from model m
    join inferred.topics t using (text_hash, model_version)
    group by all
)
select
    s.app, s.store, s.store_app_id, s.review_id, s.sentiment, list_sort(s.topics) as topics,
    m.sentiment as model_sentiment,
    case when m.review_id is not null then coalesce(k.topics, []) end as model_topics,
    s.corrected_at
from said s
left join model m using (store, store_app_id, review_id)
left join spoken k using (store, store_app_id, review_id)
order by s.app, s.store, s.store_app_id, s.review_id;
