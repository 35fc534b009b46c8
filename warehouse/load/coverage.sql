-- Take in coverage rows; the same batch landed twice says the same, the later finish wins otherwise.
create or replace temp table incoming as
select * from read_json(
    $files,
    format = 'newline_delimited',
    compression = 'gzip',
    columns = {
        batch: 'VARCHAR', run_id: 'VARCHAR', source: 'VARCHAR', asked_for: 'VARCHAR', store: 'VARCHAR',
        store_app_id: 'VARCHAR', language: 'VARCHAR', country: 'VARCHAR', asked_since: 'TIMESTAMPTZ',
        started_at: 'TIMESTAMPTZ', finished_at: 'TIMESTAMPTZ', covered_until: 'TIMESTAMPTZ',
        pages: 'INTEGER', got: 'BIGINT', rejected: 'BIGINT', outcome: 'VARCHAR', reason: 'VARCHAR',
        detail: 'VARCHAR', is_sample: 'BOOLEAN'
    }
)
-- A correction was asked of nobody: its coverage says only that its batch is whole.
where asked_for <> 'corrections';

insert into incoming by name
select c.* from core.coverage c semi join incoming i using (batch);

delete from core.coverage using incoming i where coverage.batch = i.batch;

insert into core.coverage by name
select * from incoming
qualify row_number() over (
    partition by batch, asked_for, store, store_app_id, language, country
    order by finished_at desc,
        -- a tie is broken by everything else, so that order of loading cannot matter
        run_id, source, asked_since, started_at, covered_until, pages, got, rejected, outcome,
        reason, detail, is_sample
) = 1;

drop table incoming;
