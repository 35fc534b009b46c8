-- Take out every release of which a batch speaks: what other batches say of it is merged in anew afterwards.
-- The first statement makes the list, the second fills it from each portion of the batch's files.
create or replace temp table going as
select store, store_app_id, version from core.releases limit 0;

insert into going select distinct store, store_app_id, version from incoming;

delete from core.releases using (select distinct store, store_app_id, version from going) g
where releases.store = g.store
    and releases.store_app_id = g.store_app_id
    and releases.version = g.version;
