-- What can be chosen for one app: its stores, languages or countries and versions, with their days.
-- `place` names the language (Google Play) or the country (App Store) that a review came from.
select
    d.store,
    place_of(d.country, d.language) as place,
    coalesce(d.version, 'unknown') as version,
    sum(d.n)::bigint as n,
    min(d.day) as first_day,
    max(d.day) as last_day,
    min(r.released_at) as released_at
from ratings_daily d
left join releases r
    on r.store = d.store and r.store_app_id = d.store_app_id and r.version = d.version
where d.app = $app
group by all
order by d.store, place, version;
