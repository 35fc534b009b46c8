-- What does the serving model say of the tone of each review? Nothing of one in a language it does not cover.
-- grain: store, store_app_id, review_id
-- order: app, store, store_app_id
create or replace view predictions as
select
    r.app, r.store, r.store_app_id, r.review_id, p.sentiment, p.p_negative, p.p_neutral, p.p_positive,
    p.model_version
from reviews r
join inferred.predictions p using (text_hash)
join inferred.models m on m.model_version = p.model_version and m.is_serving
where p.sentiment <> 'not_covered';
