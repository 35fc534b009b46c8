-- One page of the reviews that are wanted, with what the model says of them.
with ours as (
    select
        rowid as place, store, store_app_id, review_id, rating, reviewed_at, thumbs_up,
        title, text, search_bits_1, search_bits_2
    from reviews
    where app = $app
        and ($words::varchar[] is null or search_first_look(search_bits_1, search_bits_2, $words))
        and in_scope(store, country, language, version, $stores, $places, $versions)
        and is_in_days(reviewed_at, $first, $last)
        and is_as_asked(store, store_app_id, review_id, rating, is_edited, reply, $stars, $edited, $answered, $vanished)
),
-- read only where the wish needs it
read_texts as (
    select store, store_app_id, review_id, sentiment, p_negative, p_neutral, p_positive
    from predictions
    where app = $app and coalesce($sentiment::varchar, $disagrees::varchar, $unsure::varchar) is not null
),
spoken as (
    select (store, store_app_id, review_id) from topics where app = $app and topic = $topic::varchar
),
chosen as (
    select r.place, r.store, r.review_id, r.rating, r.reviewed_at, r.thumbs_up
    from ours r
    left join read_texts p using (store, store_app_id, review_id)
    where search_holds(r.title, r.text, r.search_bits_1, r.search_bits_2, $words)
        and ($sentiment::varchar is null or p.sentiment = $sentiment::varchar)
        and ($topic::varchar is null or (r.store, r.store_app_id, r.review_id) in (from spoken))
        and is_at_odds(r.rating, p.p_negative, p.p_positive, $disagrees)
        and is_unsure(p.p_negative, p.p_neutral, p.p_positive, $unsure)
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
        r.language, r.country, r.is_edited as edited, r.thumbs_up, r.reply, r.replied_at, r.is_sample, r.text_hash
    from reviews r
    where r.rowid in (from places)
),
-- the ids first: a join would hash all that the app has
classified as (
    select * from predictions where app = $app and review_id in (select review_id from page)
),
named as (
    select store, store_app_id, review_id, list({topic: topic, score: score} order by score desc, topic) as topics
    from topics where app = $app and review_id in (select review_id from page)
    group by all
)
select p.*, m.sentiment, m.p_negative, m.p_neutral, m.p_positive, n.topics
from page p
left join classified m using (store, store_app_id, review_id)
left join named n using (store, store_app_id, review_id)
order by
    case when $sort = 'low' then rating end nulls last,
    case when $sort = 'high' then rating end desc nulls last,
    case when $sort = 'helpful' then thumbs_up end desc nulls last,
    case when $sort = 'oldest' then reviewed_at end,
    reviewed_at desc, store, review_id;
