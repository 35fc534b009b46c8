-- Distinct texts of reviews of which the rules for languages have not been asked: among those that came since they were
-- (core.undetected_texts).
create or replace temp table waiting as
select text_hash from core.undetected_texts except select text_hash from inferred.languages;

create or replace temp table undetected as
select text_hash, any_value(core.model_text(title, text)) as text
from core.reviews
semi join waiting using (text_hash)
group by text_hash
order by text_hash
limit $n;

drop table waiting;
