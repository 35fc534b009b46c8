-- Remember every app of which anything was landed, so that no mart must scan the reviews for names.
merge into core.app_stores as known
using (
    select store, store_app_id, bool_and(is_sample) as is_sample from core.coverage
    -- a dump without one good row and without --app is about no app in particular
    where store is not null and store_app_id <> 'unknown' group by all
) as seen
on known.store = seen.store and known.store_app_id = seen.store_app_id
when matched and known.is_sample <> seen.is_sample then update set is_sample = seen.is_sample
when not matched then insert (store, store_app_id, is_sample)
    values (seen.store, seen.store_app_id, seen.is_sample);
