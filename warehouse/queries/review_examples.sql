-- Reviews of the span, newest first, one page of them; `found` is how many there are in all.
with chosen as (
    select
        r.store, r.store_app_id, r.review_id, r.title, r.text, r.rating, r.reviewed_at, r.version,
        r.language, r.country, r.edited, r.thumbs_up, r.reply, r.replied_at, r.is_sample,
        p.sentiment, p.p_negative, p.p_neutral, p.p_positive
    from (
        select * from reviews
        where app = $app
        and ($stores::varchar[] is null or list_contains($stores::varchar[], store))
        and (
            $places::varchar[] is null
            or list_contains(
                $places::varchar[], coalesce('country:' || country, 'language:' || language, 'unknown')
            )
        )
        and ($versions::varchar[] is null or list_contains($versions::varchar[], coalesce(version, 'unknown')))
            and (reviewed_at at time zone 'UTC')::date between $first::date and $last::date
            and ($stars::integer[] is null or list_contains($stars::integer[], rating::integer))
    ) r
    left join predictions p using (store, store_app_id, review_id)
    where ($tone::varchar is null or p.sentiment = $tone::varchar)
        and (
            $topic::varchar is null
            or exists (
                select 1 from topics t
                where t.store = r.store and t.store_app_id = r.store_app_id and t.review_id = r.review_id
                    and t.topic = $topic::varchar
            )
        )
),
page as (
    select *, count(*) over () as found from chosen
    order by reviewed_at desc, store, review_id
    limit $count::integer offset $skip::integer
),
named as (
    select t.store, t.store_app_id, t.review_id, list(t.topic order by t.score desc, t.topic) as topics
    from topics t semi join page using (store, store_app_id, review_id)
    group by all
)
select p.*, n.topics
from page p
left join named n using (store, store_app_id, review_id)
order by p.reviewed_at desc, p.store, p.review_id;
