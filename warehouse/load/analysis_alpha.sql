-- What testers said of each release before it was public, tester by tester: per release over all cohorts (cohort
-- null) and per cohort, always of at least $least testers; fewer are never broken down. Feedback belongs to the
-- release that its build is named after ('2.0.0-alpha.3' to 2.0.0), else to the next release within 120 days.
-- Only texts whose tester agrees to analysis have a prediction (their text_hash is null otherwise).
with serving as (
    select model_version from inferred.models where is_serving
),
spoken as (
    select t.text_hash, bit_or(1::ubigint << c.position)::uinteger as topics
    from inferred.topics t
    semi join serving using (model_version)
    join core.topic_config c using (topic)
    where c.position < 32 and t.text_hash in (select text_hash from core.feedback)
    group by t.text_hash
),
said as (
    select
        f.feedback_id, f.app, f.cohort, f.tester, f.submitted_at,
        regexp_extract(f.version, '^v?([0-9]+(?:\.[0-9]+)*)', 1) as built_for,
        case p.sentiment when 'negative' then 0 when 'neutral' then 1 when 'positive' then 2 end as sentiment,
        coalesce(s.topics, 0) as topics
    from core.feedback f
    join inferred.predictions p using (text_hash)
    semi join serving using (model_version)
    left join spoken s using (text_hash)
    where f.may_analyse and p.sentiment <> 'not_covered'
),
released as (
    select a.series, a.app, r.version, min(r.released_at) as released_at
    from core.releases r join analysis_series a using (store, store_app_id) group by all
),
-- A build of a version that was never released under that number belongs to the next one.
named as (
    select s.feedback_id, r.series, r.version, s.submitted_at < r.released_at as is_before
    from said s
    join released r on r.app = s.app and regexp_extract(r.version, '^v?([0-9]+(?:\.[0-9]+)*)', 1) = s.built_for
),
matched as (
    select series, version, feedback_id from named where is_before
    union all
    select r.series, arg_min(r.version, (r.released_at, r.version)), s.feedback_id
    from said s
    join released r
        on r.app = s.app
        and s.submitted_at < r.released_at and r.released_at < s.submitted_at + interval 120 day
    anti join named n on n.feedback_id = s.feedback_id and n.series = r.series
    group by r.series, s.feedback_id
),
told as (
    select m.series, m.version, null::varchar as cohort, s.tester, s.sentiment, s.topics
    from matched m join said s using (feedback_id)
    union all
    select m.series, m.version, s.cohort, s.tester, s.sentiment, s.topics
    from matched m join said s using (feedback_id)
)
select
    series, version, cohort,
    -- a number that tells testers of one row group apart and says nothing else
    dense_rank() over (partition by series, version, cohort order by tester)::integer as tester,
    sentiment::tinyint as sentiment, topics::uinteger as topics, count(*)::bigint as n
from told
group by series, version, cohort, told.tester, told.sentiment, told.topics
qualify count(distinct told.tester) over (partition by series, version, cohort) >= $least
order by series, version, cohort nulls first, tester, sentiment, topics;
