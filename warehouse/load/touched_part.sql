-- The days that were touched, and what belongs to them, into schema `part`: that is all that a mart, a check or a
-- publication needs to see of reviews.
create or replace table part.days as
select store, store_app_id, day from core.touched_days
union
select store, store_app_id, day from core.unpublished_days
union
-- of which something else is said
select r.store, r.store_app_id, (r.reviewed_at at time zone 'UTC')::date
from core.reviews r
semi join core.touched_texts using (text_hash)
union
-- reviews of an app that no mart knew
select r.store, r.store_app_id, (r.reviewed_at at time zone 'UTC')::date
from core.reviews r
join core.app_stores using (store, store_app_id)
anti join apps using (store, store_app_id);

-- What is touched is mostly of the last days: bounds that are known when a scan begins let it pass over the rest.
set variable touched_since = (select min(day)::timestamp at time zone 'UTC' from part.days);

set variable touched_until = (select (max(day) + 1)::timestamp at time zone 'UTC' from part.days);

create or replace table part.reviews as
select r.*
from core.reviews r
semi join part.days d
    on d.store = r.store and d.store_app_id = r.store_app_id
    and d.day = date '1970-01-01' + floor(epoch_us(r.reviewed_at) / 864e8)::integer
where r.reviewed_at >= getvariable('touched_since') and r.reviewed_at < getvariable('touched_until');

create or replace table part.review_history as
select h.* from core.review_history h semi join part.reviews using (store, store_app_id, review_id);

create or replace table part.predictions as
select p.* from inferred.predictions p semi join part.reviews using (text_hash);

create or replace table part.topics as
select t.* from inferred.topics t semi join part.reviews using (text_hash);

create or replace table part.languages as
select l.* from inferred.languages l semi join part.reviews using (text_hash);

-- filled once it is known which days the last ones of an app are (touched_months.sql)
create or replace table part.months (store varchar not null, store_app_id varchar not null, month date not null);

create or replace table part.month_days as from part.days limit 0;
