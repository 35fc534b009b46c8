-- How many reviews of which stars and sentiment spoke of a topic in a quarter of an hour (UTC)? `quarter` as in
-- ratings_quarter_hourly.
-- grain: store, store_app_id, language, country, version, day, quarter, topic
-- order: app, store, store_app_id, day, quarter
-- part: day
-- nullable: language, country, version, quarter
create or replace table topics_quarter_hourly as
select
    a.app, r.store, r.store_app_id, r.language, r.country, named_version(r.version) as version,
    (r.reviewed_at at time zone 'UTC')::date as day,
    quarter_of(r.reviewed_at) as quarter,
    t.topic,
    count(*) as n,
    count(*) filter (r.rating = 1) as n_1,
    count(*) filter (r.rating = 2) as n_2,
    count(*) filter (r.rating = 3) as n_3,
    count(*) filter (r.rating = 4) as n_4,
    count(*) filter (r.rating = 5) as n_5,
    count(*) filter (p.sentiment = 'negative') as n_negative,
    count(*) filter (p.sentiment = 'neutral') as n_neutral,
    count(*) filter (p.sentiment = 'positive') as n_positive
from core.reviews r
join apps a using (store, store_app_id)
join inferred.topics t on t.text_hash = r.text_hash
join inferred.predictions p on p.text_hash = t.text_hash and p.model_version = t.model_version
join inferred.models m on m.model_version = t.model_version and m.is_serving
group by all
order by a.app, r.store, r.store_app_id, day, quarter, t.topic, version, r.language, r.country;
