-- How many personal numbers and addresses did the gate replace, by source and day on which the text was first
-- seen (UTC)? Counts only: what was replaced was never written down. In what its writer wrote and in the developer's
-- reply; null where they were not counted apart.
-- grain: source, kind, day
-- snapshot: kind <> 'feedback'
-- nullable: redactions_text, redactions_reply
create or replace table redactions as
with texts as (
    select source, 'review' as kind, first_seen_at as seen_at, redactions, redactions_reply, is_sample
    from core.reviews
    union all
    select source, 'feedback', seen_at, redactions, 0, is_sample from core.feedback
)
select
    source, kind, (seen_at at time zone 'UTC')::date as day,
    count(*) as texts,
    count(*) filter (redactions > 0) as texts_redacted,
    sum(redactions)::bigint as redactions,
    case when bool_and(redactions_reply is not null) then sum(redactions - redactions_reply)::bigint end as redactions_text,
    case when bool_and(redactions_reply is not null) then sum(redactions_reply)::bigint end as redactions_reply,
    bool_and(is_sample) as is_sample
from texts
group by source, kind, day
order by source, kind, day;
