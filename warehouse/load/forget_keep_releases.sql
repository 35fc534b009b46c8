-- Of what other batches say, that which is told of each release that was taken out.
create or replace temp table incoming as
select i.* from incoming i semi join going using (store, store_app_id, version);
