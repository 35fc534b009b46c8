-- Which reviews of the published file, or of the next one, are on touched days; the bounds are those of load/touched_part.sql.
-- Asked within the scope of touched days.
set variable touched_since = (select min(day)::timestamp at time zone 'UTC' from part.days);

set variable touched_until = (select (max(day) + 1)::timestamp at time zone 'UTC' from part.days);

create or replace temp table changed as
select r.store, r.store_app_id, r.review_id
from published.main.reviews r
semi join part.days d
    on d.store = r.store and d.store_app_id = r.store_app_id
    and d.day = date '1970-01-01' + floor(epoch_us(r.reviewed_at) / 864e8)::integer
where r.reviewed_at >= getvariable('touched_since') and r.reviewed_at < getvariable('touched_until')
union
select store, store_app_id, review_id from core.reviews;
