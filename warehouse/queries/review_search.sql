with ours as (
    select
        rowid as place, store, store_app_id, review_id, rating, reviewed_at, thumbs_up,
        case when $words::varchar[] is not null then concat_ws(chr(10), title, text) end as said
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
-- read only where the wish needs it
read_texts as (
    select store, store_app_id, review_id, sentiment, p_negative, p_positive
    from predictions where app = $app and ($tone::varchar is not null or $disagrees::double is not null)
),
spoken as (
    select store, store_app_id, review_id from topics where app = $app and topic = $topic::varchar
),
chosen as (
    select r.place, r.store, r.review_id, r.rating, r.reviewed_at, r.thumbs_up
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
places as materialized (
    select place from chosen
    order by
        case when $sort = 'low' then rating end nulls last,
        case when $sort = 'high' then rating end desc nulls last,
        case when $sort = 'helpful' then thumbs_up end desc nulls last,
        case when $sort = 'oldest' then reviewed_at end,
        reviewed_at desc, store, review_id
    limit $count::integer offset $skip::integer
),
page as materialized (
    select
        r.store, r.store_app_id, r.review_id, r.title, r.text, r.rating, r.reviewed_at, r.version,
        r.language, r.country, r.edited, r.thumbs_up, r.reply, r.replied_at, r.is_sample
    from reviews r
    where r.rowid in (from places)
),
-- the ids first: a join would hash all that the app has
toned as (
    select * from predictions where app = $app and review_id in (select review_id from page)
),
named as (
    select store, store_app_id, review_id, list({topic: topic, score: score} order by score desc, topic) as topics
    from topics where app = $app and review_id in (select review_id from page)
    group by all
)
select p.*, m.sentiment, m.p_negative, m.p_neutral, m.p_positive, n.topics
from page p
left join toned m using (store, store_app_id, review_id)
left join named n using (store, store_app_id, review_id)
order by
    case when $sort = 'low' then rating end nulls last,
    case when $sort = 'high' then rating end desc nulls last,
    case when $sort = 'helpful' then thumbs_up end desc nulls last,
    case when $sort = 'oldest' then reviewed_at end,
    reviewed_at desc, store, review_id;
