-- The versions that reviews name, of the apps of which something was counted anew.
create or replace temp table stale as
select distinct store, store_app_id from stale_days
union
select store, store_app_id from stale_whole;

delete from inferred.review_versions using stale s
where review_versions.store = s.store and review_versions.store_app_id = s.store_app_id;

insert into inferred.review_versions
select store, store_app_id, version, sum(n)::bigint as n, min(first_reviewed_at) as first_reviewed_at
from inferred.review_version_days
semi join stale using (store, store_app_id)
where not core.is_placeholder_version(version)
group by all;
