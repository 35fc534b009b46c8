-- The reviews of `stale_days`.
select
    r.store, r.store_app_id, coalesce(r.country, r.language, '') as place,
    (r.reviewed_at at time zone 'UTC')::date as day, r.reviewed_at, r.rating, r.version, r.text_hash
from core.reviews r
semi join stale_days d
    on d.store = r.store and d.store_app_id = r.store_app_id and d.day = (r.reviewed_at at time zone 'UTC')::date;
