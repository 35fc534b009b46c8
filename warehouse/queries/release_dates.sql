-- The releases of one app in the span.
select store, version, released_at, notes
from releases
where app = $app
    and ($stores::varchar[] is null or list_contains($stores::varchar[], store))
    and (released_at at time zone 'UTC')::date between $first::date and $last::date
order by released_at, store, version;
