-- says: no model says anything of feedback that may not be analysed, unless somebody else's public words are the same
-- severity: stop
with asked as (
    select feedback_id, core.text_hash(core.model_text(null, text)) as text_hash
    from core.feedback where not may_analyse
),
said as (
    select a.feedback_id, p.text_hash from asked a join inferred.predictions p using (text_hash)
),
public as (
    select text_hash from core.feedback
    union all
    select r.text_hash from core.reviews r join (select distinct text_hash from said) s using (text_hash)
    union all
    select text_hash from core.review_history
)
select s.feedback_id from said s anti join public using (text_hash);
