-- Which apps are to be counted anew as a whole (temp table `stale_whole`), and which days of others (`stale_days`)? Those that
-- were noted; all, where what is kept was counted by another model or other topics than $made_by.
create or replace temp table stale_whole as
select distinct store, store_app_id from core.changed_apps where day is null
union
select store, store_app_id
from (select store, store_app_id from core.reviews union select store, store_app_id from inferred.review_days)
where not exists (from inferred.review_counts_by where made_by = $made_by);

create or replace temp table stale_days as
select distinct store, store_app_id, day
from core.changed_apps anti join stale_whole using (store, store_app_id);

delete from inferred.review_counts_by;

insert into inferred.review_counts_by values ($made_by);
