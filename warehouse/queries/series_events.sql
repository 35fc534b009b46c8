-- What happened in the span that a reader of one app's series must know, apart from its releases?
select store, happened_at, until, kind, label, source
from series_events
where app = $app and kind <> 'release'
    and ($stores::varchar[] is null or list_contains($stores::varchar[], store))
    and (happened_at at time zone 'UTC')::date <= $last::date
    and (coalesce(until, happened_at) at time zone 'UTC')::date >= $first::date
order by happened_at, store, kind;
