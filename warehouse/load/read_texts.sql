-- The texts of `predicted` have been read by $version: they wait no more, and where it serves, something else is known of
-- the days that bear them.
insert into core.changed_apps (store, store_app_id, day)
select distinct store, store_app_id, day
from core.unread_texts semi join predicted using (text_hash)
where store is not null and $version in (select model_version from inferred.models where is_serving);

delete from core.unread_texts using predicted p where unread_texts.text_hash = p.text_hash;
