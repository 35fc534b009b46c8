-- Merge the sightings in temp table `incoming` into core.reviews and core.review_history.
-- The states of a touched review are the union of what came and what was there; min, max and a total
-- order decide everything, so any order and any repeat of the files gives the same tables.
create or replace temp table touched as
select store, store_app_id, review_id from incoming group by all having count(*) > 1
union
select i.store, i.store_app_id, i.review_id
from incoming i semi join core.reviews using (store, store_app_id, review_id)
union
select i.store, i.store_app_id, i.review_id
from incoming i semi join core.review_duplicates using (store, store_app_id, review_id);

-- What these reviews were before, and what of it comes again as it is.
create or replace temp table stood as
from (from core.reviews union all by name from core.review_duplicates)
semi join touched using (store, store_app_id, review_id);

-- A sighting of what is known says nothing new to an analysis: the stars, the words, the day, and the facts that it gives
-- are those that are there.
create or replace temp table news as
select i.store, i.store_app_id, i.review_id, i.reviewed_at
from incoming i
left join stood s
    on s.store = i.store and s.store_app_id = i.store_app_id and s.review_id = i.review_id
    and s.reviewed_at = i.reviewed_at and s.rating is not distinct from i.rating
    and s.title is not distinct from i.title and s.text is not distinct from i.text
    and s.version is not distinct from coalesce(i.version, s.version)
    and s.language is not distinct from coalesce(i.language, s.language)
    and s.country is not distinct from coalesce(i.country, s.country)
where s.review_id is null;

-- with the days on which these reviews stood
insert into core.changed_apps (store, store_app_id, day)
with days as (
    select store, store_app_id, reviewed_at from news
    union all
    select store, store_app_id, reviewed_at from stood semi join news using (store, store_app_id, review_id)
    union all
    select store, store_app_id, reviewed_at
    from core.review_history semi join news using (store, store_app_id, review_id)
)
select distinct store, store_app_id, (reviewed_at at time zone 'UTC')::date from days;

drop table news;

insert into core.unread_texts (text_hash, store, store_app_id, day)
select distinct text_hash, store, store_app_id, (reviewed_at at time zone 'UTC')::date
from incoming where text_hash is not null;

-- with those that may leave reviews
insert into core.undetected_texts
select text_hash from incoming where text_hash is not null
union
select text_hash from stood where text_hash is not null;

-- Most reviews are new and came once: nothing to merge.
insert into core.reviews by name
from incoming anti join touched using (store, store_app_id, review_id);

-- As these reviews were before, for the marts (warehouse/touched.py).
insert into core.touched_days
with before as (
    select store, store_app_id, reviewed_at from core.reviews semi join touched using (store, store_app_id, review_id)
    union
    select store, store_app_id, reviewed_at
    from core.review_history semi join touched using (store, store_app_id, review_id)
)
select distinct store, store_app_id, (reviewed_at at time zone 'UTC')::date from before;

create or replace temp table states as
with sightings as (
    select i.* from incoming i semi join touched using (store, store_app_id, review_id)
    union all by name
    from stood
    union all by name
    select h.* from core.review_history h semi join touched using (store, store_app_id, review_id)
),
titled as (
    -- A source without titles saw the state that has one; with the title its signature is another.
    select
        * exclude (title, known_title, search_bits_1, search_bits_2),
        coalesce(title, known_title) as title,
        case when title is not null or known_title is null then search_bits_1 end as search_bits_1,
        case when title is not null or known_title is null then search_bits_2 end as search_bits_2
    from (
        select
            *,
            case when title_seen_at is null then max(title) over (
                partition by store, store_app_id, review_id, rating, coalesce(text, '')
            ) end as known_title
        from sightings
    )
),
-- Two sightings with the same stars and words are one state. What else is told of it is its newest sighting's, but each
-- fact that not every source gives is that of the newest sighting which gives it: with its own time beside it, any order
-- of the files comes to the same.
merged as (
    select
        * exclude (
            first_seen_at, last_seen_at, first_batch, text_hash, language, country, version, thumbs_up, device, reply,
            replied_at, redactions_reply, title_seen_at, language_seen_at, country_seen_at, version_seen_at,
            thumbs_up_seen_at, device_seen_at, reply_seen_at
        ),
        core.text_hash(core.model_text(title, text)) as text_hash,
        redactions_reply as own_redactions_reply,
        max(title_seen_at) over state as title_seen_at,
        max(language_seen_at) over state as language_seen_at,
        max(country_seen_at) over state as country_seen_at,
        max(version_seen_at) over state as version_seen_at,
        max(thumbs_up_seen_at) over state as thumbs_up_seen_at,
        max(device_seen_at) over state as device_seen_at,
        max(reply_seen_at) over state as reply_seen_at,
        arg_max(language, (language_seen_at, language)) over state as language,
        arg_max(country, (country_seen_at, country)) over state as country,
        arg_max(version, (version_seen_at, version)) over state as version,
        arg_max(thumbs_up, (thumbs_up_seen_at, thumbs_up)) over state as thumbs_up,
        arg_max(device, (device_seen_at, device)) over state as device,
        arg_max(
            {reply: reply, replied_at: replied_at, redactions: redactions_reply},
            (
                reply_seen_at, coalesce(reply, ''), coalesce(replied_at, timestamptz '1970-01-01'),
                coalesce(redactions_reply, -1)
            )
        ) filter (reply_seen_at is not null) over state as answer,
        min(first_seen_at) over state as first_seen_at,
        max(last_seen_at) over state as last_seen_at,
        arg_min(first_batch, (first_seen_at, first_batch)) over state as first_batch,
        row_number() over (
            state order by last_seen_at desc, reviewed_at desc, thumbs_up desc nulls last,
                replied_at desc nulls last, source, language, country, version, reply, title, text, redactions,
                redactions_reply, device, is_sample
        ) as newest
    from titled
    window state as (
        partition by store, store_app_id, review_id, rating, coalesce(title, ''), coalesce(text, '')
    )
),
answered as (
    select
        * exclude (newest, answer, own_redactions_reply) replace (
            -- what was replaced in title and text is the newest sighting's, in the answer that of its own
            case
                when own_redactions_reply is null or answer is null then redactions
                else redactions - own_redactions_reply + coalesce(answer.redactions, 0)
            end as redactions
        ),
        answer.reply as reply, answer.replied_at as replied_at,
        -- where no source has a place for an answer, what the newest sighting counted stands
        case when answer is null then own_redactions_reply else answer.redactions end as redactions_reply
    from merged where newest = 1
),
ranked as (
    select
        *,
        -- The store's own time is that of the last edit, and goes before the time at which a file was made;
        -- of two states of one time the one seen last is number 1, and then the one that people met longer.
        row_number() over (
            partition by store, store_app_id, review_id
            order by reviewed_at desc, last_seen_at desc, first_seen_at desc, thumbs_up desc nulls last,
                replied_at desc nulls last, source, title, text, rating
        ) as place
    from answered
)
select * replace (
    coalesce(search_bits_1, text_signature(concat_ws(chr(10), title, text)).first::hugeint) as search_bits_1,
    coalesce(search_bits_2, text_signature(concat_ws(chr(10), title, text)).second::hugeint) as search_bits_2
)
from ranked;

-- A title that another source had makes another text.
insert into core.unread_texts (text_hash, store, store_app_id, day)
select distinct text_hash, store, store_app_id, (reviewed_at at time zone 'UTC')::date
from states where text_hash is not null;

insert into core.undetected_texts
select distinct text_hash from states where text_hash is not null;

-- Where and when one review may have come under two ids.
create or replace temp table moments as
select store, store_app_id, reviewed_at from incoming
union
select store, store_app_id, reviewed_at from states;

-- As they are after; those that come forward or stand back below are of the same moments.
insert into core.touched_days
select distinct store, store_app_id, (reviewed_at at time zone 'UTC')::date from moments;

delete from core.reviews using touched t
where reviews.store = t.store
    and reviews.store_app_id = t.store_app_id
    and reviews.review_id = t.review_id;

delete from core.review_duplicates using touched t
where review_duplicates.store = t.store
    and review_duplicates.store_app_id = t.store_app_id
    and review_duplicates.review_id = t.review_id;

delete from core.review_history using touched t
where review_history.store = t.store
    and review_history.store_app_id = t.store_app_id
    and review_history.review_id = t.review_id;

insert into core.reviews by name
select * exclude (place) from states where place = 1;

insert into core.review_history by name
select * exclude (place) from states where place > 1;

insert into core.unread_texts (text_hash, store, store_app_id, day)
select distinct text_hash, store, store_app_id, (reviewed_at at time zone 'UTC')::date
from core.review_duplicates semi join moments using (store, store_app_id, reviewed_at)
where text_hash is not null;

insert into core.undetected_texts
select distinct text_hash
from core.review_duplicates semi join moments using (store, store_app_id, reviewed_at)
where text_hash is not null;

insert into core.reviews by name
select d.* from core.review_duplicates d semi join moments using (store, store_app_id, reviewed_at);

delete from core.review_duplicates using moments m
where review_duplicates.store = m.store
    and review_duplicates.store_app_id = m.store_app_id
    and review_duplicates.reviewed_at = m.reviewed_at;

create or replace temp table twins as
with known as (
    select store, store_app_id, review_id, reviewed_at, rating, title, text, true as is_current
    from core.reviews semi join moments using (store, store_app_id, reviewed_at)
    union all
    select store, store_app_id, review_id, reviewed_at, rating, title, text, true
    from core.review_duplicates semi join moments using (store, store_app_id, reviewed_at)
    union all
    -- what another id's review said before it was edited
    select h.store, h.store_app_id, h.review_id, h.reviewed_at, h.rating, h.title, h.text, false
    from core.review_history h semi join moments using (store, store_app_id, reviewed_at)
    where exists (
        from (from core.reviews union all by name from core.review_duplicates) c
        where c.store = h.store and c.store_app_id = h.store_app_id and c.review_id = h.review_id
            and c.reviewed_at > h.reviewed_at
    )
),
-- A day or a minute is shared by many; then only words that nobody writes by chance tell one review.
telling as (
    select
        *, coalesce(title, '') || chr(31) || coalesce(text, '') as words,
        -- the store's own ids before those that a scrape made up
        not regexp_full_match(review_id, 'gp:.+|[0-9]{8,}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}') as is_made_up
    from known
    where coalesce(title, text, '') <> '' and (second(reviewed_at) <> 0 or length(words) > 40)
)
select distinct a.store, a.store_app_id, a.review_id
from telling a
join telling b
    on b.store = a.store and b.store_app_id = a.store_app_id and b.reviewed_at = a.reviewed_at
    and b.rating is not distinct from a.rating and b.words = a.words
    -- An edited review comes before one that stayed as it was.
    and (b.is_current, b.is_made_up, b.review_id) < (a.is_current, a.is_made_up, a.review_id)
    and b.review_id <> a.review_id
where a.is_current;

insert into core.undetected_texts
select distinct text_hash from core.reviews semi join twins using (store, store_app_id, review_id)
where text_hash is not null;

insert into core.review_duplicates by name
select r.* from core.reviews r semi join twins using (store, store_app_id, review_id);

delete from core.reviews using twins t
where reviews.store = t.store
    and reviews.store_app_id = t.store_app_id
    and reviews.review_id = t.review_id;

drop table twins;
drop table moments;
drop table states;
drop table stood;
drop table touched;
drop table incoming;
