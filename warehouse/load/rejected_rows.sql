-- Take in the rows that were put aside; the same batch landed twice says the same.
create or replace temp table incoming as
select * from read_json(
    $files,
    format = 'newline_delimited',
    compression = 'gzip',
    columns = {
        batch: 'VARCHAR', source: 'VARCHAR', file: 'VARCHAR', row_number: 'BIGINT', field: 'VARCHAR',
        reason: 'VARCHAR', remedy: 'VARCHAR', excerpt: 'VARCHAR'
    }
);

insert into incoming by name
select r.* from core.rejected_rows r semi join incoming using (batch);

delete from core.rejected_rows using incoming i where rejected_rows.batch = i.batch;

insert into core.rejected_rows by name
select distinct on (batch, row_number, field, reason) * from incoming
order by batch, row_number, field, reason, excerpt, source, file, remedy;

drop table incoming;
