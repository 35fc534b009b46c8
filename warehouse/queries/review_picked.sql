-- Reviews of one app in one store by their ids, with what the model says of them.
with picked as (
    select
        r.store, r.store_app_id, r.review_id, r.title, r.text, r.rating, r.reviewed_at, r.version,
        r.language, r.country, r.is_edited as edited, r.thumbs_up, r.reply, r.replied_at, r.is_sample,
        r.text_hash
    from reviews r
    where r.app = $app and r.store = $store and list_contains($ids::varchar[], r.review_id)
)
select
    k.*, p.sentiment, p.p_negative, p.p_neutral, p.p_positive,
    (
        select list({topic: t.topic, score: t.score} order by t.score desc, t.topic)
        from topics t
        where t.app = $app and t.store = k.store and t.store_app_id = k.store_app_id
            and t.review_id = k.review_id
    ) as topics
from picked k
left join predictions p
    on p.app = $app and p.store = k.store and p.store_app_id = k.store_app_id and p.review_id = k.review_id
order by list_position($ids::varchar[], k.review_id);
