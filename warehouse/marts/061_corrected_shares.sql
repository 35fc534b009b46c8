-- How large is the share of each sentiment and topic really, given what the model gets wrong? By month, and for the
-- last thirty days of `overview`. `share` is counted, of the `n_read` texts that the model read, with the interval of
-- days as draws; `corrected` allows for the model's error in the languages in which it was measured (`n_measured` of the
-- texts), and is null where these are less than four fifths, or what the model says tells nothing. `error` says why:
-- `measured`, `partly_measured`, `no_better_than_tfidf`, `not_measured`.
-- grain: store, store_app_id, span, period_start, task, label
-- order: app, store, store_app_id, span, period_start
-- part: month
-- nullable: corrected, corrected_low, corrected_high
create or replace table corrected_shares as
with languages as (
    select store, store_app_id, language, country, coalesce(text_language, '?') as text_language from text_languages
),
several as (
    select store, store_app_id from languages group by all having count(distinct text_language) > 1
),
by_language as (
    select
        d.app, d.store, d.store_app_id, l.text_language, d.day,
        sum(d.n_classified)::bigint as n,
        sum(d.n_negative)::bigint as negative, sum(d.n_neutral)::bigint as neutral,
        sum(d.n_positive)::bigint as positive
    from ratings_daily d
    join languages l on l.store = d.store and l.store_app_id = d.store_app_id
        and l.language is not distinct from d.language and l.country is not distinct from d.country
    where d.n_classified > 0
    group by all
),
topics_by_language as (
    select d.store, d.store_app_id, l.text_language, d.day, d.topic as label, sum(d.n)::bigint as hits
    from topics_daily d
    join languages l on l.store = d.store and l.store_app_id = d.store_app_id
        and l.language is not distinct from d.language and l.country is not distinct from d.country
    group by all
),
-- '*' is all languages together, where there are several
read_days as (
    from by_language
    union all
    select app, store, store_app_id, '*', day, sum(n), sum(negative), sum(neutral), sum(positive)
    from by_language semi join several using (store, store_app_id)
    group by all
),
said_days as (
    select store, store_app_id, text_language, day, 'sentiment' as task, label, hits
    from read_days unpivot (hits for label in (negative, neutral, positive))
    where hits > 0
    union all
    select store, store_app_id, text_language, day, 'topics', label, hits from topics_by_language
    union all
    select store, store_app_id, '*', day, 'topics', label, sum(hits)
    from topics_by_language semi join several using (store, store_app_id)
    group by all
),
-- the last thirty days of `overview`
recent as (
    select store, store_app_id, (as_of at time zone 'UTC')::date - 29 as since, (as_of at time zone 'UTC')::date as until
    from overview where as_of is not null
),
read_spans as (
    select *, 'month' as span, date_trunc('month', day)::date as period_start from read_days
    union all
    select d.*, 'last_30d', r.since from read_days d join recent r using (store, store_app_id)
    where d.day between r.since and r.until
),
read_sums as (
    select
        app, store, store_app_id, text_language, span, period_start,
        sum(n) as n, count(*) as days, sum((0e0 + n) * n) as nn
    from read_spans
    group by all
),
-- of days on which nobody spoke of a label nothing is to be added
said_with as (
    select d.store, d.store_app_id, d.text_language, d.day, d.task, d.label, d.hits, r.n
    from said_days d
    join read_days r using (store, store_app_id, text_language, day)
),
said_sums as (
    select
        store, store_app_id, text_language, 'month' as span, date_trunc('month', day)::date as period_start, task, label,
        sum(hits) as hits, sum((0e0 + hits) * n) as ns, sum((0e0 + hits) * hits) as ss
    from said_with
    group by all
    union all
    select
        d.store, d.store_app_id, d.text_language, 'last_30d', r.since, d.task, d.label,
        sum(d.hits), sum((0e0 + d.hits) * d.n), sum((0e0 + d.hits) * d.hits)
    from said_with d
    join recent r using (store, store_app_id)
    where d.day between r.since and r.until
    group by all
),
-- what one language is said to speak of, in the others, too
labels as (
    select distinct store, store_app_id, span, period_start, task, label from said_sums
),
counted as (
    select
        r.app, r.store, r.store_app_id, r.text_language, r.span, r.period_start, l.task, l.label,
        r.n::bigint as n_read, coalesce(d.hits, 0)::bigint as n,
        share_interval({
            'n': 0e0 + r.n, 'total': coalesce(0e0 + d.hits, 0), 'squares': coalesce(0e0 + d.hits, 0),
            'days': r.days::double, 'nn': r.nn, 'ns': coalesce(d.ns, 0), 'ss': coalesce(d.ss, 0)
        }) as share
    from labels l
    join read_sums r using (store, store_app_id, span, period_start)
    left join said_sums d using (store, store_app_id, text_language, span, period_start, task, label)
),
by_error as (
    select
        c.*, q.status,
        case when coalesce(o.label, e.label) is not null then c.n_read else 0 end as n_measured,
        corrected_share(c.share, case when o.label is not null then o else e end) as corrected
    from counted c
    left join model_errors e on e.task = c.task and e.language = c.text_language and e.label = c.label
        and e.app is null
    -- by labelled texts of the app itself, where there are some
    left join model_errors o on o.task = c.task and o.language = c.text_language and o.label = c.label
        and o.app = c.app
    left join model_quality q on q.task = c.task and q.language = c.text_language
),
joined as (
    select
        store, store_app_id, span, period_start, task, label,
        sum(n_measured)::bigint as n_measured,
        joined_shares(corrected, n_measured) as corrected,
        bool_or(status = 'no_better_than_tfidf') as is_no_better
    from by_error
    where text_language <> '*'
    group by all
),
together as (
    from by_error
    where text_language = '*' or (store, store_app_id) not in (from several)
)
select
    t.app, t.store, t.store_app_id, t.span, t.period_start, t.task, t.label, t.n, t.n_read,
    t.share.mean as share, t.share.low as low, t.share.high as high,
    j.n_measured,
    case when j.n_measured >= 0.8 * t.n_read then j.corrected.mean end as corrected,
    case when j.n_measured >= 0.8 * t.n_read then j.corrected.low end as corrected_low,
    case when j.n_measured >= 0.8 * t.n_read then j.corrected.high end as corrected_high,
    case
        when j.n_measured = t.n_read then 'measured'
        when j.n_measured > 0 then 'partly_measured'
        when j.is_no_better then 'no_better_than_tfidf'
        else 'not_measured'
    end as error
from together t
join joined j using (store, store_app_id, span, period_start, task, label)
order by t.app, t.store, t.store_app_id, t.span, t.period_start, t.task, t.label;
