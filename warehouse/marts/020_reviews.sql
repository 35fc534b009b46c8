-- Every review as it stands now. `language` is the one that the store was asked for, `detected_language` the one that
-- the text speaks for by itself; `is_placeholder` marks a version that names none, such as "Varies with device".
-- `reply_is_to_earlier`: the developer answered before the review was edited into what it says now; `days_to_reply` counts
-- from this state of the text, and is null where the reply is to an earlier one. `search_bits_1` and `search_bits_2` serve
-- `search_reviews` and mean nothing by themselves.
-- grain: store, store_app_id, review_id
-- order: app, store, store_app_id, reviewed_at
-- part: review
-- nullable: language, detected_language, country, version, rating, title, text, thumbs_up, reply, replied_at,
-- nullable: reply_is_to_earlier, days_to_reply, redactions_text, redactions_reply, device, text_hash,
-- nullable: search_bits_1, search_bits_2
create or replace view reviews as
select
    a.app, r.store, r.store_app_id, r.review_id, r.language, l.language as detected_language,
    r.country, r.version,
    coalesce(is_placeholder_version(r.version), false) as is_placeholder,
    named_version(r.version) is not null as has_version, r.rating, r.title,
    r.text, r.reviewed_at, r.first_seen_at,
    -- seen is seen, in whichever of its states
    greatest(r.last_seen_at, h.last_seen_at) as last_seen_at,
    h.review_id is not null as is_edited,
    r.thumbs_up, r.reply, r.replied_at, r.replied_at < r.reviewed_at as reply_is_to_earlier,
    case
        when r.replied_at >= r.reviewed_at then (epoch_us(r.replied_at) - epoch_us(r.reviewed_at)) / 864e8
    end as days_to_reply,
    r.source, r.redactions::bigint as redactions, (r.redactions - r.redactions_reply)::bigint as redactions_text,
    r.redactions_reply::bigint as redactions_reply, r.device, r.is_sample, r.text_hash,
    r.search_bits_1::hugeint as search_bits_1, r.search_bits_2::hugeint as search_bits_2
from core.reviews r
join apps a using (store, store_app_id)
left join inferred.languages l on l.text_hash = r.text_hash
left join (
    select store, store_app_id, review_id, max(last_seen_at) as last_seen_at from core.review_history group by all
) h using (store, store_app_id, review_id);
