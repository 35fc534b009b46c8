-- says: no model says anything of feedback that may not be analysed, unless somebody else's public words are the same
-- severity: stop
select f.feedback_id
from core.feedback f
join inferred.predictions p on p.text_hash = core.text_hash(core.model_text(null, f.text))
where not f.may_analyse
    and p.text_hash not in (select text_hash from core.feedback where text_hash is not null)
    and p.text_hash not in (select text_hash from core.reviews where text_hash is not null)
    and p.text_hash not in (select text_hash from core.review_history where text_hash is not null);
