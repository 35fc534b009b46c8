-- Distinct texts that $model_version has not read: reviews, and feedback whose tester agreed.
with texts as (
    select text_hash, core.model_text(title, text) as text from core.reviews where text_hash is not null
    union all
    select text_hash, core.model_text(null, text) from core.feedback where text_hash is not null
)
select t.text_hash, any_value(t.text) as text
from texts t
anti join inferred.predictions p
    on p.text_hash = t.text_hash and p.model_version = $model_version
group by t.text_hash
order by t.text_hash
limit $n;
