-- Merge the days of Play Console's rating exports: one row a day, the newest export wins.
create or replace temp table incoming as
select * from read_json(
    $files,
    format = 'newline_delimited',
    compression = 'gzip',
    columns = {
        store: 'VARCHAR', store_app_id: 'VARCHAR', day: 'DATE', source: 'VARCHAR',
        daily_average: 'DOUBLE', total_average: 'DOUBLE', seen_at: 'TIMESTAMPTZ'
    }
);

insert into incoming by name
select d.* from core.daily_ratings d semi join incoming i using (store, store_app_id, day);

delete from core.daily_ratings using incoming i
where daily_ratings.store = i.store
    and daily_ratings.store_app_id = i.store_app_id
    and daily_ratings.day = i.day;

insert into core.daily_ratings by name
select * from incoming
qualify row_number() over (
    partition by store, store_app_id, day
    -- a tie is broken by everything else, so that order of loading cannot matter
    order by seen_at desc, source, daily_average, total_average
) = 1;

drop table incoming;
