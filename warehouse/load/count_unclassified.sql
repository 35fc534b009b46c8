with texts as (
    select text_hash from core.reviews where text_hash is not null
    union
    select text_hash from core.feedback where text_hash is not null
)
select count(*)
from texts t
anti join inferred.predictions p
    on p.text_hash = t.text_hash and p.model_version = $model_version;
