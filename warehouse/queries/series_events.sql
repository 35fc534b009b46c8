-- What happened in the span that a reader of one app's series must know, apart from its releases? The columns from
-- `place` on are null in publications that were made before they were.
select store, happened_at, until, kind, label, source, place, value_before, value_after, steps, steps_beyond
from (
    from series_events
    union all by name
    select
        null::varchar as place, null::double as value_before, null::double as value_after, null::bigint as steps,
        null::bigint as steps_beyond
    where false
)
where app = $app and kind <> 'release'
    and is_of_store(store, $stores)
    and day_of(happened_at) <= $last::date
    and day_of(coalesce(until, happened_at)) >= $first::date
order by happened_at, store, kind, place;
