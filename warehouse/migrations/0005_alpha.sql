-- The consent ledger and the tombstones of erased testers; what a tester agreed to governs their feedback.

-- grain: tester, app, entered_at, event. Append-only: what was agreed to and what was taken back, as it was landed.
create table core.consents (
    tester varchar not null,
    app varchar not null,
    cohort varchar not null,
    event varchar not null,
    wording varchar not null,
    language varchar,
    may_improve boolean not null,
    may_analyse boolean not null,
    may_quote boolean not null,
    may_contact boolean not null,
    entered_at timestamptz not null,
    source varchar not null,
    basis varchar,
    is_sample boolean not null
);

-- grain: tester, app (null: every app). Everything of this tester until then is gone and stays gone.
create table core.erasures (
    tester varchar not null,
    app varchar,
    erased_until timestamptz not null,
    source varchar not null
);

-- One row an execution of a tombstone, written into the fresh working file that replaced the old one.
create table core.erasures_done (
    tester varchar not null,
    app varchar,
    erased_until timestamptz not null,
    done_at timestamptz not null
);

-- What loading removed because of a tombstone, counted in the transaction that removed it.
create table core.erased_rows (
    tester varchar not null,
    app varchar,
    erased_until timestamptz not null,
    feedback bigint not null,
    predictions bigint not null,
    topics bigint not null
);

-- grain: tester, app. What holds: the newest entry. Of two entries of one moment the one that agrees to less
-- holds, so that neither the order of loading nor a clock's tick decides for a tester.
create view core.consent_now as
select
    tester, app, cohort, event, wording, language, entered_at, source, basis, is_sample,
    event <> 'withdrawn' and may_improve as may_improve,
    event <> 'withdrawn' and may_improve and may_analyse as may_analyse,
    event <> 'withdrawn' and may_improve and may_quote as may_quote,
    event <> 'withdrawn' and may_improve and may_contact as may_contact
from core.consents
qualify row_number() over (
    partition by tester, app
    order by entered_at desc, event = 'withdrawn' desc, may_improve, may_analyse, may_quote, may_contact, event,
        cohort, wording, language, source, basis, is_sample
) = 1;

alter table core.feedback add column device varchar;

-- What the feedback itself says was agreed to. `may_analyse` and `may_quote` hold what may be done now:
-- this, and what the ledger says.
alter table core.feedback add column said_analyse boolean;
alter table core.feedback add column said_quote boolean;
update core.feedback set said_analyse = may_analyse, said_quote = may_quote;

-- Feedback that was loaded before there was a ledger has no entry in it, and that is no consent.
delete from inferred.topics where text_hash in (select text_hash from core.feedback)
    and text_hash not in (select text_hash from core.reviews where text_hash is not null)
    and text_hash not in (select text_hash from core.review_history where text_hash is not null);
delete from inferred.predictions where text_hash in (select text_hash from core.feedback)
    and text_hash not in (select text_hash from core.reviews where text_hash is not null)
    and text_hash not in (select text_hash from core.review_history where text_hash is not null);
update core.feedback set may_analyse = false, may_quote = false, text_hash = null;
