-- What the classified reviews of the span spoke of, and how the share of each topic changed against the
-- span of equal length before, with the interval of the change. Days count as draws, those on which nobody spoke of
-- a topic among them.
with spans as (
    select 'now' as span, $first::date as first_day, $last::date as last_day
    union all
    select 'before', $first::date - ($last::date - $first::date + 1)::integer, $first::date - 1
),
read_reviews as (
    select span, day, sum(n_classified) as n
    from ratings_daily join spans on day between first_day and last_day
    where app = $app
        and in_scope(store, country, language, version, $stores, $places, $versions)
    group by all
),
spoken as (
    select
        topic, span, day,
        sum(n) as n,
        sum(n_1) as n_1, sum(n_2) as n_2, sum(n_3) as n_3, sum(n_4) as n_4, sum(n_5) as n_5,
        sum(n_negative) as n_negative, sum(n_neutral) as n_neutral, sum(n_positive) as n_positive
    from topics_daily join spans on day between first_day and last_day
    where app = $app
        and in_scope(store, country, language, version, $stores, $places, $versions)
    group by all
),
shares as (
    select
        t.topic, r.span, sum(r.n)::bigint as of_all, share_interval(share_sums(coalesce(s.n, 0), r.n)) as share
    from (select distinct topic from spoken where span = 'now') t
    cross join read_reviews r
    left join spoken s on s.topic = t.topic and s.span = r.span and s.day = r.day
    group by all
),
counted as (
    select
        topic, span,
        sum(n)::bigint as n,
        sum(n_negative)::bigint as n_negative,
        sum(n_neutral)::bigint as n_neutral,
        sum(n_positive)::bigint as n_positive,
        rating_mean(sum(n_1), sum(n_2), sum(n_3), sum(n_4), sum(n_5)) as mean
    from spoken
    group by all
),
compared as (
    select
        now.topic, now.n, now.n_negative, now.n_neutral, now.n_positive, now.mean,
        coalesce(before.n, 0) as n_before,
        ours.share.mean as share, theirs.share.mean as share_before,
        difference_interval(theirs.share, ours.share) as moved,
        ours.of_all as of_now, coalesce(theirs.of_all, 0) as of_before
    from counted now
    join shares ours on ours.topic = now.topic and ours.span = 'now'
    left join shares theirs on theirs.topic = now.topic and theirs.span = 'before'
    left join counted before on before.topic = now.topic and before.span = 'before'
    where now.span = 'now'
)
select
    p.topic,
    coalesce(c.label_en, p.topic) as label_en,
    coalesce(c.label_ja, p.topic) as label_ja,
    c.lens,
    p.n, p.n_negative, p.n_neutral, p.n_positive,
    p.share, p.mean, p.n_before, p.share_before,
    p.moved.change as change, p.moved.low as change_low, p.moved.high as change_high,
    p.of_now, p.of_before
from compared p
left join topic_catalogue c using (topic)
order by p.n desc, p.topic;
