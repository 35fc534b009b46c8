-- Merge the sightings in temp table `incoming` into core.reviews and core.review_history.
-- The states of a touched review are the union of what came and what was there; min, max and a total
-- order decide everything, so any order and any repeat of the files gives the same tables.
create or replace temp table touched as
select store, store_app_id, review_id from incoming group by all having count(*) > 1
union
select i.store, i.store_app_id, i.review_id
from incoming i semi join core.reviews using (store, store_app_id, review_id);

-- Most reviews are new and came once: nothing to merge.
insert into core.reviews by name
from incoming anti join touched using (store, store_app_id, review_id);

create or replace temp table states as
with sightings as (
    select i.* from incoming i semi join touched using (store, store_app_id, review_id)
    union all by name
    select r.* from core.reviews r semi join touched using (store, store_app_id, review_id)
    union all by name
    select h.* from core.review_history h semi join touched using (store, store_app_id, review_id)
),
ordered as (
    select
        *,
        -- the newest sighting of a review is number 1; a tie is broken by everything but the clock
        row_number() over (
            partition by store, store_app_id, review_id
            order by last_seen_at desc,
                source, rating, title, text, reviewed_at, language, country, version, thumbs_up, reply,
                replied_at, redactions, redactions_reply, device, is_sample
        ) as place
    from sightings
),
ranked as (
    select
        * exclude (first_seen_at, last_seen_at, first_batch),
        min(first_seen_at) over state as first_seen_at,
        max(last_seen_at) over state as last_seen_at,
        arg_min(first_batch, (first_seen_at, first_batch)) over state as first_batch,
        min(place) over state as newest
    from ordered
    window state as (
        partition by store, store_app_id, review_id, rating, coalesce(title, ''), coalesce(text, '')
    )
)
select * exclude (newest) from ranked where place = newest;

delete from core.reviews using touched t
where reviews.store = t.store
    and reviews.store_app_id = t.store_app_id
    and reviews.review_id = t.review_id;

delete from core.review_history using touched t
where review_history.store = t.store
    and review_history.store_app_id = t.store_app_id
    and review_history.review_id = t.review_id;

insert into core.reviews by name
select * exclude (place) from states where place = 1;

insert into core.review_history by name
select * exclude (place) from states where place > 1;

drop table states;
drop table touched;
drop table incoming;
