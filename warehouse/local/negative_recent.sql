-- As queries/negative_recent.sql, with the thirty days by the days of a zone. In UTC it gives what corrected_shares has.
with recent as (
    select app, store, store_app_id, day_of(as_of) - 29 as since, day_of(as_of) as until
    from overview where as_of is not null
),
read_days as (
    select
        r.app, r.store, r.store_app_id, coalesce(l.text_language, '?') as text_language, d.day,
        sum(d.n_classified)::bigint as n, sum(d.n_negative)::bigint as negative
    from ratings_daily d
    join recent r on r.store = d.store and r.store_app_id = d.store_app_id and d.day between r.since and r.until
    join text_languages l on l.store = d.store and l.store_app_id = d.store_app_id
        and l.language is not distinct from d.language and l.country is not distinct from d.country
    where d.n_classified > 0
    group by all
),
counted as (
    select
        app, store, store_app_id, text_language, sum(n)::bigint as n_read, sum(negative) as n_negative,
        share_interval(share_sums(negative, n)) as share
    from read_days
    group by all
),
by_error as (
    select
        c.*, case when coalesce(o.label, e.label) is not null then c.n_read else 0 end as n_measured,
        corrected_share(c.share, case when o.label is not null then o else e end) as corrected
    from counted c
    left join model_errors e on e.task = 'sentiment' and e.language = c.text_language and e.label = 'negative'
        and e.app is null
    -- by labelled texts of the app itself, where there are some
    left join model_errors o on o.task = 'sentiment' and o.language = c.text_language and o.label = 'negative'
        and o.app = c.app
),
joined as (
    select
        app, store, store_app_id, sum(n_read) as n_read, sum(n_measured) as n_measured, sum(n_negative) as n_negative,
        joined_shares(corrected, n_measured) as corrected
    from by_error
    group by all
)
select
    app, store,
    case when n_measured >= 0.8 * n_read then corrected.low end as corrected_low,
    case when n_measured >= 0.8 * n_read then corrected.high end as corrected_high
from joined
where n_negative > 0
order by app, store;
