-- Which versions came out when? The store's date; the earliest, where an app has two entries in one store. A version
-- of which no store told a date, and that at least twenty reviews name, came out by its first review (source
-- 'detected'; where both are known the first review comes a day later in the median, eight in one case of ten).
with told as (
    select a.series, r.version, min(r.released_at) as released_at
    from core.releases r
    join analysis_series a using (store, store_app_id)
    group by all
),
named as (
    select a.series, r.version, min(r.first_reviewed_at) as released_at
    from inferred.review_versions r
    join analysis_series a using (store, store_app_id)
    group by all
    having sum(r.n) >= 20
)
select series, version, released_at, 'store' as source from told
union all
select series, version, released_at, 'detected' from named anti join told using (series, version)
order by series, released_at, version;
