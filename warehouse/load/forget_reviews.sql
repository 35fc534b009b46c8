-- Take out every review of which the batch $batch speaks: what other batches say of it is merged in anew
-- afterwards. The first statement makes the list, the second fills it from each portion of the batch's files.
create or replace temp table going (store varchar, store_app_id varchar, review_id varchar, day date);

insert into going
select store, store_app_id, review_id, max((reviewed_at at time zone 'UTC')::date) from incoming group by all;

-- What damage took from the batch's files is in the tables still.
insert into going
select store, store_app_id, review_id, (reviewed_at at time zone 'UTC')::date
from core.reviews where first_batch = $batch
union all
select store, store_app_id, review_id, (reviewed_at at time zone 'UTC')::date
from core.review_history where first_batch = $batch;

create or replace temp table taken as
select r.* from core.reviews r semi join going using (store, store_app_id, review_id)
union all by name
select h.* from core.review_history h semi join going using (store, store_app_id, review_id);

insert into named_before select distinct text_hash from taken where text_hash is not null;

delete from core.reviews using (select distinct store, store_app_id, review_id from going) g
where reviews.store = g.store
    and reviews.store_app_id = g.store_app_id
    and reviews.review_id = g.review_id;

delete from core.review_history using (select distinct store, store_app_id, review_id from going) g
where review_history.store = g.store
    and review_history.store_app_id = g.store_app_id
    and review_history.review_id = g.review_id;
