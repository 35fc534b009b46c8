-- Distinct texts that $model_version has not read, the newest first: reviews, and feedback whose tester agreed. What is
-- not new is not looked for: what may be unread is noted when it comes (core.unread_texts). Step by step through temporary
-- tables, which DuckDB can put on disk: a new model waits for all of history.
create or replace temp table waiting as
select distinct text_hash
from core.unread_texts
anti join (select text_hash from inferred.predictions where model_version = $model_version) using (text_hash);

create or replace temp table bearers as
select text_hash, reviewed_at as said_at from core.reviews semi join waiting using (text_hash)
union all
select text_hash, submitted_at from core.feedback semi join waiting using (text_hash);

drop table waiting;

create or replace temp table latest as
select text_hash, max(said_at) as said_at from bearers group by text_hash;

drop table bearers;

create or replace temp table chosen as
from latest order by said_at desc, text_hash limit $n;

drop table latest;

create or replace temp table unread as
with texts as (
    select text_hash, core.model_text(title, text) as text from core.reviews semi join chosen using (text_hash)
    union all
    select text_hash, core.model_text(null, text) from core.feedback semi join chosen using (text_hash)
)
select text_hash, any_value(t.text) as text, any_value(c.said_at) as said_at
from texts t join chosen c using (text_hash)
group by text_hash;

drop table chosen;
