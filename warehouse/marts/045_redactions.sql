-- How many personal numbers and addresses did the gate replace, by source and day on which the text was first
-- seen (UTC)? Counts only: what was replaced was never written down.
-- grain: source, kind, day
-- nullable: none
create or replace table redactions as
with texts as (
    select source, 'review' as kind, first_seen_at as seen_at, redactions, is_sample from core.reviews
    union all
    select source, 'feedback', seen_at, redactions, is_sample from core.feedback
)
select
    source, kind, (seen_at at time zone 'UTC')::date as day,
    count(*) as texts,
    count(*) filter (redactions > 0) as texts_redacted,
    sum(redactions)::bigint as redactions,
    bool_and(is_sample) as is_sample
from texts
group by source, kind, day
order by source, kind, day;
