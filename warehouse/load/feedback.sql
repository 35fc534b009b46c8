-- Merge landed feedback: the newest sighting of a feedback_id wins.
create or replace temp table incoming as
select
    *,
    case when may_analyse then core.text_hash(core.model_text(null, text)) end as text_hash
from read_json(
    $files,
    format = 'newline_delimited',
    compression = 'gzip',
    columns = {
        feedback_id: 'VARCHAR', app: 'VARCHAR', cohort: 'VARCHAR', tester: 'VARCHAR', source: 'VARCHAR',
        rating: 'TINYINT', text: 'VARCHAR', submitted_at: 'TIMESTAMPTZ', seen_at: 'TIMESTAMPTZ',
        language: 'VARCHAR', version: 'VARCHAR', screen: 'VARCHAR', consent_version: 'VARCHAR',
        may_analyse: 'BOOLEAN', may_quote: 'BOOLEAN', redactions: 'INTEGER', is_sample: 'BOOLEAN'
    }
);

insert into incoming by name
select f.* from core.feedback f semi join incoming i using (feedback_id);

delete from core.feedback using incoming i where feedback.feedback_id = i.feedback_id;

insert into core.feedback by name
select * from incoming
qualify row_number() over (partition by feedback_id order by seen_at desc,
        -- a tie is broken by everything else, so that order of loading cannot matter
        app, cohort, tester, source, rating, text, submitted_at, language, version, screen,
        consent_version, may_analyse, may_quote, redactions, is_sample) = 1;

drop table incoming;
