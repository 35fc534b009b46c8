-- Merge landed feedback: what was sent last under a feedback_id wins, in its newest sighting. What an erased tester
-- had sent is not read in again: an erasure goes by the time of sending, so the winner goes only with all others. What may be done with a text is settled afterwards (settle_consent.sql).
create or replace temp table incoming as
select
    f.* exclude (may_analyse, may_quote),
    f.may_analyse as said_analyse,
    f.may_quote as said_quote,
    false as may_analyse,
    false as may_quote,
    null::varchar as text_hash
from read_json(
    $files,
    format = 'newline_delimited',
    compression = 'gzip',
    columns = {
        feedback_id: 'VARCHAR', app: 'VARCHAR', cohort: 'VARCHAR', tester: 'VARCHAR', source: 'VARCHAR',
        rating: 'TINYINT', text: 'VARCHAR', submitted_at: 'TIMESTAMPTZ', seen_at: 'TIMESTAMPTZ',
        language: 'VARCHAR', version: 'VARCHAR', screen: 'VARCHAR', device: 'VARCHAR',
        consent_version: 'VARCHAR', may_analyse: 'BOOLEAN', may_quote: 'BOOLEAN', redactions: 'INTEGER',
        is_sample: 'BOOLEAN'
    }
) f
anti join core.erasures e
    on e.tester = f.tester and (e.app is null or e.app = f.app) and f.submitted_at <= e.erased_until;

insert into incoming by name
select f.* from core.feedback f semi join incoming i using (feedback_id);

delete from core.feedback using incoming i where feedback.feedback_id = i.feedback_id;

insert into core.feedback by name
select * from incoming
qualify row_number() over (partition by feedback_id order by submitted_at desc, seen_at desc,
        -- a tie is broken by everything else, so that order of loading cannot matter
        app, cohort, tester, source, rating, text, language, version, screen,
        device, consent_version, said_analyse, said_quote, redactions, is_sample) = 1;

drop table incoming;
