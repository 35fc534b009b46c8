-- Which versions do reviews name that are releases of the series? Numbered within it, for `analysis_versions`.
create or replace temp table named_versions as
with named as (
    select a.series, r.version, count(*) as n
    from core.reviews r
    join analysis_series a using (store, store_app_id)
    where r.version is not null
    group by all
),
told as (
    select distinct a.series, r.version
    from core.releases r
    join analysis_series a using (store, store_app_id)
)
select series, version, (row_number() over (partition by series order by version) - 1)::integer as number
from named
-- as in analysis_releases: twenty reviews make a release of a version of which no store told
where n >= 20 or (series, version) in (select (series, version) from told);

select series, version from named_versions order by series, number;
