-- Distinct texts that $model_version has not read: reviews, and feedback whose tester agreed. What is not new is not
-- looked for: what may be unread is noted when it comes (core.unread_texts).
create or replace temp table waiting as
select text_hash from core.unread_texts
except
select text_hash from inferred.predictions where model_version = $model_version;

create or replace temp table unread as
with texts as (
    select text_hash, core.model_text(title, text) as text from core.reviews semi join waiting using (text_hash)
    union all
    select text_hash, core.model_text(null, text) from core.feedback semi join waiting using (text_hash)
)
select text_hash, any_value(text) as text
from texts
group by text_hash
order by text_hash
limit $n;

drop table waiting;
