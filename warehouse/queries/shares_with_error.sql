-- What the texts of the span say, with the model's own error in it: each sentiment and topic with its counted share, the
-- share that is really there, and the change of the latter against the span of equal length before. Only languages in
-- which the error was measured count for what is corrected; with less than four fifths of the texts it is null, and so
-- is the change where several of them are read. `error` as in corrected_shares.
with spans as (
    select 'now' as span, $first::date as first_day, $last::date as last_day
    union all
    select 'before', $first::date - ($last::date - $first::date + 1)::integer, $first::date - 1
),
places as (
    select store, store_app_id, language, country, coalesce(text_language, '?') as text_language
    from text_languages where app = $app
),
read_days as (
    select
        s.span, p.text_language, d.day,
        sum(d.n_classified)::bigint as n, sum(d.n_negative)::bigint as negative, sum(d.n_neutral)::bigint as neutral,
        sum(d.n_positive)::bigint as positive
    from ratings_daily d
    join spans s on d.day between s.first_day and s.last_day
    join places p on p.store = d.store and p.store_app_id = d.store_app_id
        and p.language is not distinct from d.language and p.country is not distinct from d.country
    where d.app = $app
        and in_scope(d.store, d.country, d.language, d.version, $stores, $places, $versions)
    group by all
    having sum(d.n_classified) > 0
),
said_days as (
    select span, text_language, day, 'sentiment' as task, label, hits
    from read_days unpivot (hits for label in (negative, neutral, positive))
    union all
    select s.span, p.text_language, d.day, 'topics', d.topic, sum(d.n)::bigint
    from topics_daily d
    join spans s on d.day between s.first_day and s.last_day
    join places p on p.store = d.store and p.store_app_id = d.store_app_id
        and p.language is not distinct from d.language and p.country is not distinct from d.country
    where d.app = $app
        and in_scope(d.store, d.country, d.language, d.version, $stores, $places, $versions)
    group by all
),
labels as (
    select task, label, sum(hits)::bigint as n
    from said_days where span = 'now' group by all having sum(hits) > 0
),
-- each language by itself, and all of them as one ('*')
days as (
    from read_days
    union all
    select span, '*', day, sum(n), sum(negative), sum(neutral), sum(positive) from read_days group by all
),
hits as (
    from said_days
    union all
    select span, '*', day, task, label, sum(hits) from said_days group by all
),
counted as (
    select
        d.span, d.text_language, l.task, l.label, sum(d.n)::bigint as n_read,
        share_interval(share_sums(coalesce(h.hits, 0), d.n)) as share
    from labels l
    cross join days d
    left join hits h on h.span = d.span and h.text_language = d.text_language and h.day = d.day
        and h.task = l.task and h.label = l.label
    group by all
),
-- by labelled texts of the app itself, where there are some
errors as (
    from model_errors where coalesce(app, $app) = $app
    qualify row_number() over (partition by task, language, label order by app is null) = 1
),
by_language as (
    select
        c.*, q.status, e,
        case when e.label is not null then c.n_read else 0 end as n_measured,
        corrected_share(c.share, e) as corrected
    from counted c
    left join errors e on e.task = c.task and e.language = c.text_language and e.label = c.label
    left join model_quality q on q.task = c.task and q.language = c.text_language
    where c.text_language <> '*'
),
-- the errors of one language are the same before and after; of several they are not told apart
changes as (
    select now.task, now.label, any_value(corrected_change(before.share, now.share, now.e)) as moved
    from by_language now
    join by_language before on before.span = 'before' and before.text_language = now.text_language
        and before.task = now.task and before.label = now.label
    where now.span = 'now' and now.n_measured > 0
    group by all
    having count(*) = 1
),
joined as (
    select
        task, label, sum(n_measured)::bigint as n_measured, joined_shares(corrected, n_measured) as corrected,
        bool_or(status = 'no_better_than_tfidf') as is_no_better
    from by_language where span = 'now'
    group by all
),
told as (
    select l.n, c.*, j.*, j.n_measured >= 0.8 * c.n_read as is_told, m.moved
    from labels l
    join counted c on c.span = 'now' and c.text_language = '*' and c.task = l.task and c.label = l.label
    join joined j on j.task = l.task and j.label = l.label
    left join changes m on m.task = l.task and m.label = l.label
)
select
    t.task, t.label,
    coalesce(k.label_en, t.label) as label_en, coalesce(k.label_ja, t.label) as label_ja,
    t.n, t.n_read, t.share.mean as share, t.share.low as low, t.share.high as high,
    t.n_measured,
    case when t.is_told then t.corrected.mean end as corrected,
    case when t.is_told then t.corrected.low end as corrected_low,
    case when t.is_told then t.corrected.high end as corrected_high,
    case when t.is_told then t.moved.mean end as change,
    case when t.is_told then t.moved.low end as change_low,
    case when t.is_told then t.moved.high end as change_high,
    case
        when t.n_measured = t.n_read then 'measured'
        when t.n_measured > 0 then 'partly_measured'
        when t.is_no_better then 'no_better_than_tfidf'
        else 'not_measured'
    end as error
from told t
left join topic_catalogue k on t.task = 'topics' and k.topic = t.label
order by t.task, case t.label when 'negative' then 1 when 'neutral' then 2 when 'positive' then 3 end, t.n desc, t.label;
