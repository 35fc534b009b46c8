-- How many reviews of a day gave so many stars and named this version (its number in `named_versions`)?
select
    a.series, v.number as version,
    ((r.reviewed_at at time zone 'UTC')::date - date '1970-01-01')::integer as day,
    r.rating::tinyint as stars,
    count(*)::bigint as n
from core.reviews r
join analysis_wanted a using (store, store_app_id)
join named_versions v on v.series = a.series and v.version = r.version
where r.rating is not null
group by all
order by all;
