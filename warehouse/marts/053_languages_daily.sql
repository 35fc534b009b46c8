-- In which languages are the texts that the model has read, by the day (UTC) they were written on? `language` is the one
-- that a text speaks for by itself, null where it does not tell.
-- grain: app, store, day, language
-- nullable: language
create or replace table languages_daily as
select
    a.app, r.store, (r.reviewed_at at time zone 'UTC')::date as day, l.language, count(*) as n
from core.reviews r
join apps a using (store, store_app_id)
join inferred.predictions p using (text_hash)
join inferred.models m on m.model_version = p.model_version and m.is_serving
left join inferred.languages l using (text_hash)
where p.sentiment <> 'not_covered'
group by all
order by a.app, r.store, day, l.language;
