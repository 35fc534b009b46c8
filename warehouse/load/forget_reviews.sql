-- Take out every review of which the batch $batch speaks: what other batches say of it is merged in anew
-- afterwards. The first statement makes the list, the second fills it from each portion of the batch's files.
create or replace temp table going (store varchar, store_app_id varchar, review_id varchar, day date);

insert into going
select store, store_app_id, review_id, max((reviewed_at at time zone 'UTC')::date) from incoming group by all;

create or replace temp view states as
from core.reviews union all by name from core.review_duplicates union all by name from core.review_history;

-- What damage took from the batch's files is in the tables still.
insert into going
select store, store_app_id, review_id, (reviewed_at at time zone 'UTC')::date from states where first_batch = $batch;

-- A review that stood back for another id of the same one comes forward again when that one goes.
insert into going
with moments as (
    select distinct s.store, s.store_app_id, s.reviewed_at
    from states s semi join going using (store, store_app_id, review_id)
)
select store, store_app_id, review_id, null
from core.review_duplicates semi join moments using (store, store_app_id, reviewed_at);

create or replace temp table taken as
select s.* from states s semi join going using (store, store_app_id, review_id);

drop view states;

insert into core.changed_apps (store, store_app_id) select distinct store, store_app_id from taken;

insert into core.undetected_texts select distinct text_hash from taken where text_hash is not null;

insert into named_before select distinct text_hash from taken where text_hash is not null;

delete from core.reviews using (select distinct store, store_app_id, review_id from taken) t
where reviews.store = t.store
    and reviews.store_app_id = t.store_app_id
    and reviews.review_id = t.review_id;

delete from core.review_duplicates using (select distinct store, store_app_id, review_id from taken) t
where review_duplicates.store = t.store
    and review_duplicates.store_app_id = t.store_app_id
    and review_duplicates.review_id = t.review_id;

delete from core.review_history using (select distinct store, store_app_id, review_id from taken) t
where review_history.store = t.store
    and review_history.store_app_id = t.store_app_id
    and review_history.review_id = t.review_id;
