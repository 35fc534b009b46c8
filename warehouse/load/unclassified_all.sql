-- $model_version is another model than the one that core.unread_texts was kept for: it has to read everything that it
-- has not read. A text may stand there several times; to hold each against all others would take memory that grows with
-- history.
delete from core.unread_texts;

insert into core.unread_texts (text_hash, store, store_app_id, day)
with texts as (
    select text_hash, store, store_app_id, (reviewed_at at time zone 'UTC')::date as day
    from core.reviews where text_hash is not null
    union all
    select text_hash, null, null, null from core.feedback where text_hash is not null
)
select text_hash, store, store_app_id, day
from texts
anti join (select text_hash from inferred.predictions where model_version = $model_version) using (text_hash);

delete from core.unread_by;

insert into core.unread_by values ($model_version);
