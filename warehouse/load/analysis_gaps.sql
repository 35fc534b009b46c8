-- In which spans are reviews known to be missing? Every place (country or language) that was asked must be covered
-- without a hole from its first to its last finished ask; a dump, which names no place, speaks for all. An ask from
-- the beginning covers everything before it, so a gap closes when the whole list is read again. `share` is the part of
-- the app's reviews that came from the place in the 91 days before the gap; null where none came from anywhere. To these
-- come the holes of dumps (analysis_dump_holes.sql), unless a store that was asked for all of that time had nothing either.
with asks as (
    select
        a.series, coalesce(c.country, c.language, '') as place, c.source like 'file:%' as is_dump,
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
        p.series, p.place, c.is_dump,
        coalesce(c.asked_since, timestamptz '1970-01-01') as since, c.covered_until as until
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
),
asked as (
    -- holes of dumps of whose time every place that they are of was asked
    select h.series, h.place, h.since
    from dump_holes h
    join places p on p.series = h.series and h.place in ('', p.place)
    left join (
        select distinct d.series, d.place as hole, d.since, c.place
        from dump_holes d
        join covered c on c.series = d.series and not c.is_dump and c.since <= d.since and c.until >= d.until
    ) c on c.series = h.series and c.hole = h.place and c.since = h.since and c.place = p.place
    group by all
    having bool_and(c.place is not null)
),
gaps as (
    -- less than a day is the time between two runs
    select series, place, since, until from holes where until > since + interval 1 day
    union
    select h.series, h.place, h.since, h.until from dump_holes h anti join asked using (series, place, since)
),
daily as (
    select
        a.series, r.place, r.day, sum(r.n) as n
    from inferred.review_days r
    join analysis_series a using (store, store_app_id)
    semi join gaps g on g.series = a.series
    group by all
),
recent as (
    select g.series, g.place, g.since, sum(d.n) as n_all, sum(d.n) filter (d.place = g.place) as n
    from (select distinct series, place, since from gaps) g
    join daily d
        on d.series = g.series
        and d.day >= (g.since at time zone 'UTC')::date - 91 and d.day < (g.since at time zone 'UTC')::date
    group by all
)
select
    g.series, g.since, g.until, g.place,
    case when g.place = '' then 1 else coalesce(r.n, 0) / r.n_all end as share
from gaps g
left join recent r using (series, place, since)
order by g.series, g.since, g.until, g.place;
