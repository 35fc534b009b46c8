-- What is to be taken back of the batch $batch, and which texts might lose their last bearer with it.
create or replace temp table named_before (text_hash varchar);

-- The apps that the batch speaks of, and since when that is known here.
create or replace temp table known_since as
select coalesce(g.app, c.store_app_id) as app, c.store, min(f.loaded_at) as loaded_at
from core.coverage c
join core.landing_files f on string_split(f.path, '/')[2] = c.batch
left join core.app_config g using (store, store_app_id)
where c.batch = $batch
group by all;

-- The archive of alarms knows not what each rests on: one that was told since the batch was loaded may rest on it. What
-- the next analysis still finds is told anew.
delete from inferred.alarms a
using known_since b
where a.app = b.app and a.store = b.store and a.first_told_at >= b.loaded_at;

-- So it is with what was said of releases.
delete from inferred.verdict_history h
using known_since b
where h.app = b.app and h.store = b.store and h.said_at >= b.loaded_at;

-- What was said of them is told anew, whatever changed.
insert into core.changed_apps (store, store_app_id)
select distinct c.store, c.store_app_id from core.coverage c where c.batch = $batch;

delete from core.coverage where batch = $batch;

delete from core.rejected_rows where batch = $batch;

delete from core.landing_files where string_split(path, '/')[2] = $batch;

drop table known_since;
