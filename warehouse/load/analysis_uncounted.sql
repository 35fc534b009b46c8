-- Apps whose reviews do not add up, whoever forgot to note it, into `stale_whole`.
insert into stale_whole
select store, store_app_id
from (
    select store, store_app_id, count(*) as n, coalesce(sum(rating), 0) as stars from core.reviews group by all
) r
full join (
    select store, store_app_id, sum(n) as n, sum(stars) as stars from inferred.review_days group by all
) d using (store, store_app_id)
anti join stale_whole using (store, store_app_id)
where r.n is distinct from d.n or r.stars is distinct from d.stars;

-- a note outlives a kill between here and the results
insert into core.changed_apps (store, store_app_id)
select store, store_app_id from stale_whole
anti join (from core.changed_apps where day is null) using (store, store_app_id);
