-- Which public reviews of the span speak most surely of each of some topics? Those that can be read at a glance and
-- have stars; the surest first, `count` a topic. What testers said is in another table.
select t.topic, r.store, r.review_id, p.sentiment, t.score
from topics t
join reviews r using (app, store, store_app_id, review_id)
join predictions p using (app, store, store_app_id, review_id)
where t.app = $app
    and list_contains($topics::varchar[], t.topic)
    and in_scope(r.store, r.country, r.language, r.version, $stores, $places, $versions)
    and is_in_days(r.reviewed_at, $first, $last)
    and r.rating is not null
    and length(r.text) between $shortest::integer and $longest::integer
qualify row_number() over (
    partition by t.topic
    order by t.score desc, r.thumbs_up desc nulls last, r.reviewed_at desc, r.store, r.review_id
) <= $count::integer
order by t.topic, t.score desc, r.thumbs_up desc nulls last, r.reviewed_at desc, r.store, r.review_id;
