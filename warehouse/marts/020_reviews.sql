-- Every review as it stands now.
-- grain: store, store_app_id, review_id
-- order: app, store, store_app_id, reviewed_at
-- nullable: language, country, version, rating, title, text, thumbs_up, reply, replied_at, text_hash
create or replace view reviews as
select
    a.app, r.store, r.store_app_id, r.review_id, r.language, r.country, r.version, r.rating, r.title,
    r.text, r.reviewed_at, r.first_seen_at,
    -- seen is seen, in whichever of its states
    greatest(r.last_seen_at, h.last_seen_at) as last_seen_at,
    h.review_id is not null as edited,
    r.thumbs_up, r.reply, r.replied_at, r.source, r.redactions, r.is_sample,
    r.text_hash
from core.reviews r
join apps a using (store, store_app_id)
left join (
    select store, store_app_id, review_id, max(last_seen_at) as last_seen_at from core.review_history group by all
) h using (store, store_app_id, review_id);
