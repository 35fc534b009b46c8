-- Bring feedback in line with tombstones and ledger: in one transaction with what came in, so that no moment
-- shows more than the testers agree to.
create or replace temp table covered as
select e.tester, e.app, e.erased_until, f.feedback_id, f.text_hash
from core.feedback f
join core.erasures e
    on e.tester = f.tester and (e.app is null or e.app = f.app) and f.submitted_at <= e.erased_until;

delete from core.feedback using covered c where feedback.feedback_id = c.feedback_id;

create or replace temp table settled as
select
    f.feedback_id,
    f.said_analyse and coalesce(c.may_analyse, false) as may_analyse,
    f.said_quote and coalesce(c.may_quote, false) as may_quote
from core.feedback f
left join core.consent_now c on c.tester = f.tester and c.app = f.app;

update core.feedback
set may_analyse = s.may_analyse,
    may_quote = s.may_quote,
    text_hash = case when s.may_analyse then core.text_hash(core.model_text(null, text)) end
from settled s
where feedback.feedback_id = s.feedback_id
    and (feedback.may_analyse <> s.may_analyse or feedback.may_quote <> s.may_quote
        or (s.may_analyse and feedback.text_hash is distinct from core.text_hash(core.model_text(null, text))));

-- Who agreed again, too.
insert into core.unread_texts (text_hash)
select distinct f.text_hash
from core.feedback f
anti join (from inferred.predictions semi join core.unread_by using (model_version)) p using (text_hash)
where f.text_hash is not null;

-- Texts that nobody's words bear any more: neither a public review nor feedback that may be analysed.
create or replace temp table unnamed as
select text_hash from named_before anti join core.feedback using (text_hash);

create or replace temp table lost as
select text_hash from unnamed
except
select r.text_hash from core.reviews r semi join unnamed using (text_hash)
except
select h.text_hash from core.review_history h semi join unnamed using (text_hash);

insert into core.erased_rows (tester, app, erased_until, feedback, predictions, topics)
with texts as (
    select distinct c.tester, c.app, c.text_hash from covered c semi join lost using (text_hash)
),
said as (
    select t.tester, t.app, count(*) as n
    from texts t join inferred.predictions p using (text_hash) group by all
),
spoken as (
    select t.tester, t.app, count(*) as n
    from texts t join inferred.topics p using (text_hash) group by all
),
counted as (
    select tester, app, erased_until, count(*) as n from covered group by all
)
select c.tester, c.app, c.erased_until, c.n, coalesce(p.n, 0), coalesce(t.n, 0)
from counted c
left join said p on p.tester = c.tester and p.app is not distinct from c.app
left join spoken t on t.tester = c.tester and t.app is not distinct from c.app;

delete from inferred.topics using lost l where topics.text_hash = l.text_hash;

delete from inferred.predictions using lost l where predictions.text_hash = l.text_hash;

drop table covered;
drop table settled;
drop table lost;
drop table unnamed;
drop table named_before;
