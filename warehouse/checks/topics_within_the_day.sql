-- says: no topic of a day has more reviews than the day
-- severity: stop
-- over: days
with topics as (
    select store, store_app_id, language, country, version, day, max(n) as n from topics_daily group by all
)
select t.store, t.store_app_id, t.day, t.version
from topics t
left join ratings_daily d
    on d.store = t.store and d.store_app_id = t.store_app_id and d.day = t.day
    and d.language is not distinct from t.language and d.country is not distinct from t.country
    and d.version is not distinct from t.version
where d.n is null or t.n > d.n;
