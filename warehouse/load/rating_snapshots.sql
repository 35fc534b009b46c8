-- Merge landed snapshots: one row a moment, the newest sighting wins.
create or replace temp table incoming as
select * from read_json(
    $files,
    format = 'newline_delimited',
    compression = 'gzip',
    columns = {
        store: 'VARCHAR', store_app_id: 'VARCHAR', source: 'VARCHAR', observed_at: 'TIMESTAMPTZ',
        observed_at_basis: 'VARCHAR', displayed_score: 'DOUBLE', ratings_count: 'BIGINT',
        reviews_count: 'BIGINT', stars_1: 'BIGINT', stars_2: 'BIGINT', stars_3: 'BIGINT',
        stars_4: 'BIGINT', stars_5: 'BIGINT', histogram_is_reweighted: 'BOOLEAN', installs: 'BIGINT',
        version: 'VARCHAR', country: 'VARCHAR', language: 'VARCHAR', title: 'VARCHAR',
        category: 'VARCHAR', developer: 'VARCHAR', is_sample: 'BOOLEAN', seen_at: 'TIMESTAMPTZ'
    }
);

insert into incoming by name
select s.* from core.rating_snapshots s
semi join incoming i
    on s.store = i.store and s.store_app_id = i.store_app_id and s.observed_at = i.observed_at;

delete from core.rating_snapshots using incoming i
where rating_snapshots.store = i.store
    and rating_snapshots.store_app_id = i.store_app_id
    and rating_snapshots.observed_at = i.observed_at;

insert into core.rating_snapshots by name
select * from incoming
qualify row_number() over (
    partition by store, store_app_id, country, language, observed_at
    order by seen_at desc,
        -- a tie is broken by everything else, so that order of loading cannot matter
        source, observed_at_basis, displayed_score, ratings_count, reviews_count, stars_1,
        stars_2, stars_3, stars_4, stars_5, histogram_is_reweighted, installs, version, title,
        category, developer, is_sample
) = 1;

drop table incoming;
