-- Which version came out when, with which notes?
-- grain: store, store_app_id, version
-- nullable: notes, notes_language
create or replace view releases as
select
    a.app, r.store, r.store_app_id, r.version, r.released_at, r.notes, r.notes_language, r.source,
    r.is_sample
from core.releases r
join apps a using (store, store_app_id);
