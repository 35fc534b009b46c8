-- Take out every displayed score of which a batch speaks: what other batches say of it is merged in anew afterwards.
-- The first statement makes the list, the second fills it from each portion of the batch's files.
create or replace temp table going as
select store, store_app_id, observed_at from core.rating_snapshots limit 0;

insert into going select distinct store, store_app_id, observed_at from incoming;

delete from core.rating_snapshots using (select distinct store, store_app_id, observed_at from going) g
where rating_snapshots.store = g.store
    and rating_snapshots.store_app_id = g.store_app_id
    and rating_snapshots.observed_at = g.observed_at;
