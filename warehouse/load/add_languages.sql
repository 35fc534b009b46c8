insert into inferred.languages (text_hash, language, rules)
select n.text_hash, n.language, $rules
from detected n
anti join inferred.languages l on l.text_hash = n.text_hash;
