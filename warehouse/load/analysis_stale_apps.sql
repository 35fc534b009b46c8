-- The reviews of the apps in `stale_whole`.
select
    r.store, r.store_app_id, coalesce(r.country, r.language, '') as place,
    (r.reviewed_at at time zone 'UTC')::date as day, r.reviewed_at, r.rating, r.version, r.text_hash
from core.reviews r
semi join stale_whole using (store, store_app_id);
