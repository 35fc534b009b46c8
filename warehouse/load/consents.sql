-- Append landed ledger entries; an entry that is landed again says the same.
create or replace temp table incoming as
select * exclude ("at"), "at" as entered_at from read_json(
    $files,
    format = 'newline_delimited',
    compression = 'gzip',
    columns = {
        tester: 'VARCHAR', app: 'VARCHAR', cohort: 'VARCHAR', event: 'VARCHAR', wording: 'VARCHAR',
        language: 'VARCHAR', may_improve: 'BOOLEAN', may_analyse: 'BOOLEAN', may_quote: 'BOOLEAN',
        may_contact: 'BOOLEAN', "at": 'TIMESTAMPTZ', source: 'VARCHAR', basis: 'VARCHAR',
        is_sample: 'BOOLEAN'
    }
);

insert into incoming by name
select c.* from core.consents c semi join incoming i using (tester, app, entered_at, event);

delete from core.consents using incoming i
where consents.tester = i.tester and consents.app = i.app and consents.entered_at = i.entered_at
    and consents.event = i.event;

insert into core.consents by name
select * from incoming
qualify row_number() over (
    partition by tester, app, entered_at, event
    -- of two that differ the one that agrees to less; then everything else, so that order cannot matter
    order by may_improve, may_analyse, may_quote, may_contact, cohort, wording, language, source, basis,
        is_sample
) = 1;

drop table incoming;
