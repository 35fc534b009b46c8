-- The texts of the reviews of `driver_days`: where these are few, nothing else of topics is looked at.
create or replace temp table asked as
select distinct r.text_hash
from core.reviews r
semi join driver_days d
    on d.store = r.store and d.store_app_id = r.store_app_id and d.day = (r.reviewed_at at time zone 'UTC')::date
where r.text_hash is not null;

create or replace temp view topics_asked as from inferred.topics semi join asked using (text_hash);
