-- The texts of reviews of the apps in `replaced`: where these are few, nothing else of topics is looked at.
create or replace temp table asked as
select distinct r.text_hash
from core.reviews r
join core.app_stores k using (store, store_app_id)
left join core.app_config c using (store, store_app_id)
semi join replaced p on p.app = coalesce(c.app, k.store_app_id) and p.store = k.store
where r.text_hash is not null;

create or replace temp view topics_asked as from inferred.topics semi join asked using (text_hash);
