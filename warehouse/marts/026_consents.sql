-- How many testers agreed to what, in which wording, and how many took it back? Each tester's newest entry
-- of the ledger counts. Where fewer than five people stand behind a row, its counts are null.
-- grain: app, cohort, wording, purpose
create or replace table consents as
with answers as (
    select
        app, cohort, wording, is_sample, event = 'withdrawn' as withdrew,
        unnest([
            {'purpose': 'improve', 'agreed': may_improve},
            {'purpose': 'analyse', 'agreed': may_analyse},
            {'purpose': 'quote', 'agreed': may_quote},
            {'purpose': 'contact', 'agreed': may_contact}
        ], recursive := true)
    from core.consent_now
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
    case when people >= 5 then people end as people,
    case when people >= 5 then agreed end as agreed,
    case when people >= 5 then declined end as declined,
    case when people >= 5 then withdrew end as withdrew,
    people < 5 as is_suppressed,
    is_sample
from counted
order by app, cohort, wording, purpose;
