-- Reviews that are typical of what an alert tells: public ones of these days, of the topic where there is one, on the side of
-- the stars that it is about, of which the model is surest; long enough to say something and short enough to be read. What
-- the store no longer shows is not quoted. Every wording once.
select r.rating, r.text, (r.reviewed_at at time zone 'UTC')::date as day, r.version, r.store
from reviews r
left join predictions p using (store, store_app_id, review_id)
where r.app = $app
    and is_of_store(r.store, $stores)
    and (r.reviewed_at at time zone 'UTC')::date between $first::date and $last::date
    and ($version::varchar is null or r.version = $version)
    and ($topic::varchar is null or exists (
        from topics t
        where t.store = r.store and t.store_app_id = r.store_app_id and t.review_id = r.review_id and t.topic = $topic
    ))
    and case $direction
        when 'worse' then r.rating <= 2
        when 'better' then r.rating >= 4
        else true
    end
    and length(trim(r.text)) between 12 and 400
    and not exists (
        from vanished_reviews v
        where v.store = r.store and v.store_app_id = r.store_app_id and v.review_id = r.review_id
    )
qualify row_number() over (partition by lower(trim(r.text)) order by r.reviewed_at desc) = 1
order by
    length(trim(r.text)) between 30 and 200 desc,
    case $direction when 'better' then p.p_positive else p.p_negative end desc nulls last,
    r.thumbs_up desc nulls last, r.reviewed_at desc, r.review_id
limit 3;
