-- How many personal numbers and addresses were replaced before anything was written, by source? For
-- publications that have no table of redactions.
select
    source, 'review' as kind, count(*) as texts,
    count(*) filter (redactions > 0) as texts_redacted, sum(redactions)::bigint as redactions
from reviews group by source order by source;
