-- What does the serving model say of the sentiment of each review? Of one in a language that its card does not cover
-- it says `not_covered`, without probabilities.
-- grain: store, store_app_id, review_id
-- order: app, store, store_app_id
-- part: review
-- nullable: p_negative, p_neutral, p_positive
create or replace view predictions as
select
    a.app, r.store, r.store_app_id, r.review_id, p.sentiment,
    case when p.sentiment <> 'not_covered' then p.p_negative end as p_negative,
    case when p.sentiment <> 'not_covered' then p.p_neutral end as p_neutral,
    case when p.sentiment <> 'not_covered' then p.p_positive end as p_positive,
    p.model_version
from core.reviews r
join apps a using (store, store_app_id)
join inferred.predictions p using (text_hash)
join inferred.models m on m.model_version = p.model_version and m.is_serving;
