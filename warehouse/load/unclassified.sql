-- Distinct texts that $model_version has not read, the newest first: reviews, and feedback whose tester agreed. What is
-- not new is not looked for: what may be unread is noted when it comes (core.unread_texts).
create or replace temp table waiting as
select text_hash from core.unread_texts
except
select text_hash from inferred.predictions where model_version = $model_version;

create or replace temp table unread as
with bearers as (
    select text_hash, max(reviewed_at) as said_at from core.reviews semi join waiting using (text_hash) group by text_hash
    union all
    select text_hash, max(submitted_at) from core.feedback semi join waiting using (text_hash) group by text_hash
),
-- first those that are left of what is chosen, then their words: history by the million does not fit into memory
chosen as (
    select text_hash, max(said_at) as said_at from bearers group by text_hash order by said_at desc, text_hash limit $n
),
texts as (
    select text_hash, core.model_text(title, text) as text from core.reviews semi join chosen using (text_hash)
    union all
    select text_hash, core.model_text(null, text) from core.feedback semi join chosen using (text_hash)
)
select text_hash, any_value(t.text) as text, any_value(c.said_at) as said_at
from texts t join chosen c using (text_hash)
group by text_hash;

drop table waiting;
