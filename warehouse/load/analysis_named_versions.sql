-- Which versions do reviews name that are releases of the series (analysis_releases)? Numbered within it.
create or replace temp table named_versions as
with named as (
    select a.series, r.version, sum(r.n) as n
    from inferred.review_versions r
    join analysis_series a using (store, store_app_id)
    group by all
),
told as (
    select distinct a.series, r.version
    from core.releases r
    join analysis_series a using (store, store_app_id)
)
select n.series, n.version, (row_number() over (partition by n.series order by n.version) - 1)::integer as number
from named n
left join told t using (series, version)
where n.n >= 20 or t.version is not null;
