-- Bring what reviews come to by day and by version up to date, of apps whose reviews are not those of the last analysis:
-- those that were noted, and those whose reviews do not add up, whoever forgot to note it. They stand in `stale`.
create or replace temp table stale as
select distinct store, store_app_id from core.changed_apps
union
select store, store_app_id
from (
    select store, store_app_id, count(*) as n, coalesce(sum(rating), 0) as stars from core.reviews group by all
) r
full join (
    select store, store_app_id, sum(n) as n, sum(stars) as stars from inferred.review_days group by all
) d using (store, store_app_id)
where r.n is distinct from d.n or r.stars is distinct from d.stars;

-- a note outlives a kill between here and the results
insert into core.changed_apps (store, store_app_id)
select store, store_app_id from stale anti join core.changed_apps using (store, store_app_id);

delete from inferred.review_days using stale s
where review_days.store = s.store and review_days.store_app_id = s.store_app_id;

delete from inferred.review_versions using stale s
where review_versions.store = s.store and review_versions.store_app_id = s.store_app_id;

insert into inferred.review_days
select
    r.store, r.store_app_id, coalesce(r.country, r.language, '') as place,
    (r.reviewed_at at time zone 'UTC')::date as day, count(*) as n, coalesce(sum(r.rating), 0) as stars,
    max(r.reviewed_at) as last_reviewed_at
from core.reviews r
semi join stale using (store, store_app_id)
group by all;

insert into inferred.review_versions
select r.store, r.store_app_id, r.version, count(*) as n, min(r.reviewed_at) as first_reviewed_at
from core.reviews r
semi join stale using (store, store_app_id)
where r.version is not null and not core.is_placeholder_version(r.version)
group by all;
