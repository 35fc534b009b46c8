-- In which spans are reviews known to be missing? Every place (country or language) that was asked must be covered
-- without a hole from its first to its last finished ask; a dump, which names no place, speaks for all. An ask from
-- the beginning covers everything before it, so a gap closes when the whole list is read again.
with asks as (
    select
        a.series, coalesce(c.country, c.language, '') as place,
        c.asked_since, c.covered_until, c.started_at, c.finished_at, c.outcome
    from core.coverage c
    join analysis_series a using (store, store_app_id)
    where c.asked_for = 'reviews'
),
places as (
    select distinct series, place from asks where place <> ''
    union
    select series, '' from asks group by series having bool_and(place = '')
),
covered as (
    select
        p.series, p.place, coalesce(c.asked_since, timestamptz '1970-01-01') as since, c.covered_until as until
    from places p
    join asks c on c.series = p.series and (c.place = p.place or c.place = '')
    where c.outcome = 'complete' and c.covered_until is not null
),
last_tried as (
    select p.series, p.place, max(c.finished_at) as finished_at
    from places p
    join asks c on c.series = p.series and (c.place = p.place or c.place = '')
    where c.outcome <> 'complete'
    group by all
),
holes as (
    select
        series, place, since as until,
        max(until) over (
            partition by series, place order by since, until
            rows between unbounded preceding and 1 preceding
        ) as since
    from covered
    union all
    -- the last ask that failed: nobody knows what came since the last that did not
    select c.series, c.place, any_value(t.finished_at), max(c.until)
    from covered c join last_tried t using (series, place)
    group by c.series, c.place
)
select series, since, until, place
from holes
-- less than a day is the time between two runs
where until > since + interval 1 day
order by series, since, until, place;
