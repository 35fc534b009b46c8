-- How many reviews of a day gave so many stars and named this version (its number in `named_versions`)?
select
    a.series, v.number as version, (r.day - date '1970-01-01')::integer as day, r.stars, sum(r.n)::bigint as n
from inferred.review_version_days r
join analysis_wanted a using (store, store_app_id)
join named_versions v on v.series = a.series and v.version = r.version
where r.stars <> 0
group by all
order by all;
