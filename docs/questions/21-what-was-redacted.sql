-- How many personal numbers and addresses stood in what people wrote, and in replies?
-- 個人の番号や連絡先は、本文と返信にどれだけあったか。
select
    kind, source, date_trunc('year', day)::date as year, sum(texts)::bigint as texts,
    sum(texts_redacted)::bigint as texts_redacted, sum(redactions_text)::bigint as in_texts,
    sum(redactions_reply)::bigint as in_replies,
    round(1000 * sum(texts_redacted) / sum(texts), 2) as texts_redacted_in_a_thousand
from redactions
group by all
order by kind, source, year;
