-- Distinct texts of reviews of which the rules for languages have not been asked: among those that came since they were
-- (core.undetected_texts). Step by step through temporary tables, which DuckDB can put on disk, and texts last: other rules
-- wait for all of history.
create or replace temp table waiting as
select text_hash from core.undetected_texts except select text_hash from inferred.languages;

create or replace temp table chosen as
select text_hash from waiting semi join core.reviews using (text_hash) order by text_hash limit $n;

drop table waiting;

create or replace temp table undetected as
select text_hash, any_value(core.model_text(title, text)) as text
from core.reviews
semi join chosen using (text_hash)
group by text_hash;

drop table chosen;
