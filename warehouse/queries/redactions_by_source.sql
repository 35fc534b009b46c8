-- How many personal numbers and addresses were replaced before anything was written, by source and kind?
select
    source, kind, sum(texts)::bigint as texts, sum(texts_redacted)::bigint as texts_redacted,
    sum(redactions)::bigint as redactions
from redactions group by source, kind order by source, kind;
