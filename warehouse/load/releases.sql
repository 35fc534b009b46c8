-- Merge landed releases: the earliest date wins (a store shows a later one after a staged roll-out),
-- the newest notes win. A word that stands for versions, such as "Varies with device", is no release.
create or replace temp table incoming as
select * from read_json(
    $files,
    format = 'newline_delimited',
    compression = 'gzip',
    columns = {
        store: 'VARCHAR', store_app_id: 'VARCHAR', version: 'VARCHAR', source: 'VARCHAR',
        released_at: 'TIMESTAMPTZ', seen_at: 'TIMESTAMPTZ', notes: 'VARCHAR',
        notes_language: 'VARCHAR', is_sample: 'BOOLEAN'
    }
);

delete from incoming where core.is_placeholder_version(version);

insert into incoming by name
select r.* from core.releases r
semi join incoming i
    on r.store = i.store and r.store_app_id = i.store_app_id and r.version = i.version;

delete from core.releases using incoming i
where releases.store = i.store
    and releases.store_app_id = i.store_app_id
    and releases.version = i.version;

insert into core.releases by name
select
    * replace (
        min(released_at) over (partition by store, store_app_id, version) as released_at
    )
from incoming
qualify row_number() over (
    partition by store, store_app_id, version
    order by notes is not null desc, seen_at desc,
        -- a tie is broken by everything else, so that order of loading cannot matter
        source, notes, notes_language, is_sample
) = 1;

drop table incoming;
