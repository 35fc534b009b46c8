-- Series B's bricks: how many reviews of which stars and sentiment came on a day (UTC)?
-- grain: store, store_app_id, language, country, version, day
-- order: app, store, store_app_id, day
-- part: day
-- nullable: language, country, version
create or replace table ratings_daily as
select
    a.app, r.store, r.store_app_id, r.language, r.country, named_version(r.version) as version,
    (r.reviewed_at at time zone 'UTC')::date as day,
    count(*) as n,
    count(*) filter (r.rating = 1) as n_1,
    count(*) filter (r.rating = 2) as n_2,
    count(*) filter (r.rating = 3) as n_3,
    count(*) filter (r.rating = 4) as n_4,
    count(*) filter (r.rating = 5) as n_5,
    count(*) filter (r.rating is null) as n_unrated,
    count(*) filter (p.sentiment <> 'not_covered') as n_classified,
    count(*) filter (p.sentiment = 'not_covered') as n_not_covered,
    count(*) filter (p.sentiment = 'negative') as n_negative,
    count(*) filter (p.sentiment = 'neutral') as n_neutral,
    count(*) filter (p.sentiment = 'positive') as n_positive,
    any_value(a.is_sample) as is_sample
from core.reviews r
join apps a using (store, store_app_id)
left join (
    inferred.predictions p join inferred.models m on m.model_version = p.model_version and m.is_serving
) on p.text_hash = r.text_hash
group by all
order by a.app, r.store, r.store_app_id, day, version, r.language, r.country;
