-- What the classified reviews of the span spoke of, and how the share of each topic changed against the
-- span of equal length before. The interval of the change: each share has a Beta posterior with
-- Jeffreys prior, Beta(x + 1/2, n - x + 1/2); the variances of the two spans add.
with spans as (
    select 'now' as span, $first::date as first_day, $last::date as last_day
    union all
    select 'before', $first::date - ($last::date - $first::date + 1)::integer, $first::date - 1
),
read_reviews as (
    select span, sum(n_classified)::double as n
    from ratings_daily join spans on day between first_day and last_day
    where app = $app
        and ($stores::varchar[] is null or list_contains($stores::varchar[], store))
        and (
            $places::varchar[] is null
            or list_contains(
                $places::varchar[], coalesce('country:' || country, 'language:' || language, 'unknown')
            )
        )
        and ($versions::varchar[] is null or list_contains($versions::varchar[], coalesce(version, 'unknown')))
    group by all
),
spoken as (
    select
        topic, span,
        sum(n)::bigint as n,
        sum(n_1) as n_1, sum(n_2) as n_2, sum(n_3) as n_3, sum(n_4) as n_4, sum(n_5) as n_5,
        sum(n_negative)::bigint as n_negative,
        sum(n_neutral)::bigint as n_neutral,
        sum(n_positive)::bigint as n_positive
    from topics_daily join spans on day between first_day and last_day
    where app = $app
        and ($stores::varchar[] is null or list_contains($stores::varchar[], store))
        and (
            $places::varchar[] is null
            or list_contains(
                $places::varchar[], coalesce('country:' || country, 'language:' || language, 'unknown')
            )
        )
        and ($versions::varchar[] is null or list_contains($versions::varchar[], coalesce(version, 'unknown')))
    group by all
),
compared as (
    select
        now.*,
        coalesce(before.n, 0) as n_before,
        (select n from read_reviews where span = 'now') as of_now,
        (select n from read_reviews where span = 'before') as of_before
    from spoken now
    left join spoken before on before.topic = now.topic and before.span = 'before'
    where now.span = 'now'
),
posterior as (
    select
        *,
        (n + 0.5e0) * (of_now - n + 0.5e0) / ((of_now + 1e0) ** 2 * (of_now + 2e0)) as var_now,
        (n_before + 0.5e0) * (of_before - n_before + 0.5e0)
            / ((of_before + 1e0) ** 2 * (of_before + 2e0)) as var_before
    from compared
)
select
    p.topic,
    coalesce(c.label_en, p.topic) as label_en,
    coalesce(c.label_ja, p.topic) as label_ja,
    c.lens,
    p.n, p.n_negative, p.n_neutral, p.n_positive,
    p.n / p.of_now as share,
    rating_mean(n_1, n_2, n_3, n_4, n_5) as mean,
    p.n_before,
    p.n_before / nullif(p.of_before, 0) as share_before,
    share - share_before as change,
    change - 1.959964 * sqrt(var_now + var_before) as change_low,
    change + 1.959964 * sqrt(var_now + var_before) as change_high,
    p.of_now::bigint as of_now,
    p.of_before::bigint as of_before
from posterior p
left join topic_catalogue c using (topic)
order by p.n desc, p.topic;
