-- Distinct texts of reviews of which the $rules for languages have not been asked.
select r.text_hash, any_value(core.model_text(r.title, r.text)) as text
from core.reviews r
anti join inferred.languages l on l.text_hash = r.text_hash and l.rules = $rules
where r.text_hash is not null
group by r.text_hash
order by r.text_hash
limit $n;
