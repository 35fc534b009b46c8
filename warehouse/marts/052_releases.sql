-- Which version came out when, with which notes? `basis` says how the date is known: `store` (the store dates it), `notes`
-- (a dump of versions with their notes does), `detected` (nobody does, but at least twenty reviews name it: the first one).
-- grain: store, store_app_id, version
-- nullable: notes, notes_language
create or replace table releases as
with told as (
    select a.app, r.*
    from core.releases r
    join apps a using (store, store_app_id)
),
named as (
    select app, store, store_app_id, version, is_sample, min(day) as first_day, sum(n) as n
    from ratings_daily
    where version is not null
    group by all
),
-- as load/analysis_releases.sql has it: the entries of an app in one store count together
often as (
    select n.* from named n anti join told using (app, store, version)
    qualify sum(n.n) over (partition by n.app, n.store, n.version) >= 20
),
detected as (
    select o.app, o.store, o.store_app_id, o.version, o.is_sample, min(r.reviewed_at) as released_at
    from often o
    -- the days know which one was first, and only its reviews tell the moment
    join core.reviews r
        on r.store = o.store and r.store_app_id = o.store_app_id and r.version = o.version
        and (r.reviewed_at at time zone 'UTC')::date = o.first_day
    group by all
)
select
    app, store, store_app_id, version, released_at,
    case when source in ('google_play', 'app_store_lookup', 'app_store_connect', 'sample') then 'store' else 'notes' end as basis,
    notes, notes_language, source, is_sample
from told
union all
select app, store, store_app_id, version, released_at, 'detected', null, null, 'detected', is_sample
from detected
order by app, store, store_app_id, released_at, version;
