-- Languages told by other rules than $rules, and those of texts that no review bears any more.
delete from inferred.languages l
where l.rules <> $rules or not exists (from core.reviews r where r.text_hash = l.text_hash);
