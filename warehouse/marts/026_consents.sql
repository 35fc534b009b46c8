-- How many testers agreed to what, in which wording, and how many took it back? Each tester's newest entry
-- of the ledger counts. All cohorts of an app with fewer than five people are one row without name, wording and
-- counts; where fewer than five of a larger cohort stand behind a row, its counts are null.
-- grain: app, cohort, wording, purpose
-- snapshot: none
-- nullable: cohort, wording, people, agreed, declined, withdrew
create or replace table consents as
with cohorts as (
    select app, cohort, count(*) >= 5 as is_large from core.consent_now group by all
),
answers as (
    select
        n.app,
        case when c.is_large then n.cohort end as cohort,
        case when c.is_large then n.wording end as wording,
        n.is_sample, n.event = 'withdrawn' as withdrew,
        unnest([
            {'purpose': 'improve', 'agreed': n.may_improve},
            {'purpose': 'analyse', 'agreed': n.may_analyse},
            {'purpose': 'quote', 'agreed': n.may_quote},
            {'purpose': 'contact', 'agreed': n.may_contact}
        ], recursive := true)
    from core.consent_now n
    join cohorts c using (app, cohort)
),
counted as (
    select
        app, cohort, wording, purpose,
        count(*) as people,
        count(*) filter (agreed) as agreed,
        count(*) filter (not agreed and not withdrew) as declined,
        count(*) filter (withdrew) as withdrew,
        bool_and(is_sample) as is_sample
    from answers group by all
)
select
    app, cohort, wording, purpose,
    cohort is null or c.people < 5 as is_suppressed,
    case when not is_suppressed then c.people end as people,
    case when not is_suppressed then c.agreed end as agreed,
    case when not is_suppressed then c.declined end as declined,
    case when not is_suppressed then c.withdrew end as withdrew,
    is_sample
from counted c
order by app, cohort, wording, purpose;
