-- Reviews of the span that are wanted, one page of them in the order asked for. `$words` are compared
-- without case and width: dashboard/search.py has the same folding and gives its tables here. Only texts
-- with letters that can be folded pay for it. `$vanished` are keys as `vanished.sql` gives them.
with ours as (
    select
        *,
        concat_ws(chr(10), title, text) as said
    from reviews
    where app = $app
        and ($stores::varchar[] is null or list_contains($stores::varchar[], store))
        and (
            $places::varchar[] is null
            or list_contains(
                $places::varchar[], coalesce('country:' || country, 'language:' || language, 'unknown')
            )
        )
        and ($versions::varchar[] is null or list_contains($versions::varchar[], coalesce(version, 'unknown')))
        and reviewed_at >= $first::date::timestamp at time zone 'UTC'
        and reviewed_at < ($last::date + 1)::timestamp at time zone 'UTC'
        and ($stars::integer[] is null or list_contains($stars::integer[], rating::integer))
        and ($edited::boolean is null or edited = $edited::boolean)
        and ($answered::boolean is null or (reply is not null) = $answered::boolean)
        and (
            $vanished::varchar[] is null
            or concat_ws('/', store, store_app_id, review_id) in (select unnest($vanished::varchar[]))
        )
),
said as (
    select
        * exclude (said),
        case
            when strlen(said) = length(said) or not regexp_matches(said, $foldable) then lower(said)
            else nfc_normalize(lower(translate(said, $wide, $narrow)))
        end as said
    from ours
),
read_texts as (
    select store, store_app_id, review_id, sentiment, p_negative, p_neutral, p_positive
    from predictions where app = $app
),
spoken as (
    select store, store_app_id, review_id from topics where app = $app and topic = $topic::varchar
),
chosen as (
    select
        r.store, r.store_app_id, r.review_id, r.title, r.text, r.rating, r.reviewed_at, r.version,
        r.language, r.country, r.edited, r.thumbs_up, r.reply, r.replied_at, r.is_sample,
        p.sentiment, p.p_negative, p.p_neutral, p.p_positive
    from said r
    left join read_texts p using (store, store_app_id, review_id)
    where (
            $words::varchar[] is null
            or list_bool_and(list_transform($words::varchar[], lambda w: contains(r.said, w)))
        )
        and ($tone::varchar is null or p.sentiment = $tone::varchar)
        and (
            $topic::varchar is null
            or (r.store, r.store_app_id, r.review_id) in (select (store, store_app_id, review_id) from spoken)
        )
        and (
            $disagrees::double is null
            or (r.rating >= 4 and p.p_negative >= $disagrees::double)
            or (r.rating <= 2 and p.p_positive >= $disagrees::double)
        )
),
page as (
    select * from chosen
    order by
        case when $sort = 'low' then rating end nulls last,
        case when $sort = 'high' then rating end desc nulls last,
        case when $sort = 'helpful' then thumbs_up end desc nulls last,
        case when $sort = 'oldest' then reviewed_at end,
        reviewed_at desc, store, review_id
    limit $count::integer offset $skip::integer
),
named as (
    select t.store, t.store_app_id, t.review_id, list({topic: t.topic, score: t.score} order by t.score desc, t.topic) as topics
    from (select * from topics where app = $app) t
    semi join page using (store, store_app_id, review_id)
    group by all
)
select p.*, n.topics
from page p
left join named n using (store, store_app_id, review_id)
order by
    case when $sort = 'low' then rating end nulls last,
    case when $sort = 'high' then rating end desc nulls last,
    case when $sort = 'helpful' then thumbs_up end desc nulls last,
    case when $sort = 'oldest' then reviewed_at end,
    reviewed_at desc, store, review_id;
