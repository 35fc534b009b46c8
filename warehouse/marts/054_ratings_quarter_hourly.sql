-- How many reviews of which stars and sentiment came in a quarter of an hour (UTC)? What a day is in a time zone is summed
-- of these: the offset of every zone is whole quarters. `quarter` is null where only a day is told, not a time.
-- grain: store, store_app_id, language, country, version, day, quarter
-- order: app, store, store_app_id, day, quarter
-- part: day
-- nullable: language, country, version, quarter
create or replace table ratings_quarter_hourly as
select
    a.app, r.store, r.store_app_id, r.language, r.country, named_version(r.version) as version,
    (r.reviewed_at at time zone 'UTC')::date as day,
    quarter_of(r.reviewed_at) as quarter,
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
    count(*) filter (p.sentiment = 'positive') as n_positive
from core.reviews r
join apps a using (store, store_app_id)
left join (
    inferred.predictions p join inferred.models m on m.model_version = p.model_version and m.is_serving
) on p.text_hash = r.text_hash
group by all
order by a.app, r.store, r.store_app_id, day, quarter, version, r.language, r.country;
