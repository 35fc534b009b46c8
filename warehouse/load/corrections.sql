-- Merge landed corrections: of one review the latest wins.
create or replace temp table incoming as
select * from read_json(
    $files,
    format = 'newline_delimited',
    compression = 'gzip',
    columns = {
        store: 'VARCHAR', store_app_id: 'VARCHAR', review_id: 'VARCHAR', text_hash: 'VARCHAR',
        sentiment: 'VARCHAR', topics: 'VARCHAR[]', corrected_at: 'TIMESTAMPTZ'
    }
);

insert into incoming by name
select c.* from core.corrections c semi join incoming i using (store, store_app_id, review_id);

delete from core.corrections using incoming i
where corrections.store = i.store
    and corrections.store_app_id = i.store_app_id
    and corrections.review_id = i.review_id;

insert into core.corrections by name
select * from incoming
qualify row_number() over (
    partition by store, store_app_id, review_id
    -- a tie is broken by everything else, so that order of loading cannot matter
    order by corrected_at desc, text_hash, sentiment, topics
) = 1;

drop table incoming;
