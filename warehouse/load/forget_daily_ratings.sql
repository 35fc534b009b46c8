-- Take out every day of which a batch speaks: what other batches say of it is merged in anew afterwards.
-- The first statement makes the list, the second fills it from each portion of the batch's files.
create or replace temp table going as
select store, store_app_id, day from core.daily_ratings limit 0;

insert into going select distinct store, store_app_id, day from incoming;

delete from core.daily_ratings using (select distinct store, store_app_id, day from going) g
where daily_ratings.store = g.store
    and daily_ratings.store_app_id = g.store_app_id
    and daily_ratings.day = g.day;
