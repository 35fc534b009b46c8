-- Other rules than $rules told the languages until now, or none: every text is asked of.
delete from inferred.languages l
where l.rules <> $rules or not exists (from core.reviews r where r.text_hash = l.text_hash);

delete from core.undetected_texts;

insert into core.undetected_texts
select text_hash from core.reviews anti join inferred.languages using (text_hash) where text_hash is not null;

delete from core.undetected_by;

insert into core.undetected_by values ($rules);
