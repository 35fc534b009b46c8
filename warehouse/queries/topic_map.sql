-- How large a share of the texts read of every app complained of each topic, in the last $days days of its data and in
-- as many before them? A complaint is a negative text that names the topic. A row for each app of which anything was
-- read in the days, and each topic that some app's texts named; days are draws, those without a complaint among them.
with ends as (
    select app, (max(as_of) at time zone 'UTC')::date as last_day
    from overview
    where as_of is not null and is_of_store(store, $stores)
    group by app
),
spans as (
    select app, 'now' as span, last_day - $days::integer + 1 as first_day, last_day from ends
    union all
    select app, 'before', last_day - 2 * $days::integer + 1, last_day - $days::integer from ends
),
read_days as (
    select d.app, s.span, d.day, sum(d.n_classified)::bigint as n
    from ratings_daily d
    join spans s on s.app = d.app and d.day between s.first_day and s.last_day
    where is_of_store(d.store, $stores) and d.n_classified > 0
    group by all
),
read_sums as (
    select app, span, sum(n)::bigint as n, count(*) as days, sum((0e0 + n) * n) as nn from read_days group by all
),
named_days as (
    select d.app, s.span, d.topic, d.day, sum(d.n)::bigint as n, sum(d.n_negative)::bigint as hits
    from topics_daily d
    join spans s on s.app = d.app and d.day between s.first_day and s.last_day
    where is_of_store(d.store, $stores)
    group by all
),
-- of days on which nobody complained of a topic nothing is to be added
named_sums as (
    select
        d.app, d.span, d.topic, sum(d.n)::bigint as n, sum(d.hits)::bigint as hits,
        sum((0e0 + d.hits) * r.n) as ns, sum((0e0 + d.hits) * d.hits) as ss
    from named_days d
    join read_days r using (app, span, day)
    group by all
),
shares as (
    select
        r.app, r.span, t.topic, r.n as n_read, coalesce(d.n, 0) as n, coalesce(d.hits, 0) as n_negative,
        share_interval({
            'n': 0e0 + r.n, 'total': coalesce(0e0 + d.hits, 0), 'squares': coalesce(0e0 + d.hits, 0),
            'days': r.days::double, 'nn': r.nn, 'ns': coalesce(d.ns, 0), 'ss': coalesce(d.ss, 0)
        }) as share
    from read_sums r
    cross join (select distinct topic from named_days) t
    left join named_sums d using (app, span, topic)
),
compared as (
    select
        now.app, now.topic, now.n_read, now.n, now.n_negative, now.share,
        coalesce(before.n_read, 0) as n_read_before, before.share.mean as share_before,
        difference_interval(before.share, now.share) as moved
    from shares now
    left join shares before on before.app = now.app and before.topic = now.topic and before.span = 'before'
    where now.span = 'now'
)
select
    c.app, c.topic, s.first_day, s.last_day, c.n_read, c.n, c.n_negative,
    c.share.mean as share, c.share.low as low, c.share.high as high, c.n_read_before, c.share_before,
    c.moved.change as change, c.moved.low as change_low, c.moved.high as change_high
from compared c
join spans s on s.app = c.app and s.span = 'now'
order by c.app, c.topic;
