-- What does each review speak of, by the serving model? One row a review and topic.
-- grain: store, store_app_id, review_id, topic
-- order: app, store, store_app_id
-- part: review
-- nullable: none
create or replace view topics as
select a.app, r.store, r.store_app_id, r.review_id, t.topic, t.score, t.model_version
from core.reviews r
join apps a using (store, store_app_id)
join inferred.topics t using (text_hash)
join inferred.models m on m.model_version = t.model_version and m.is_serving;
