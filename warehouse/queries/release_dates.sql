-- The releases of one app in the span, as stores and their notes tell them.
select store, version, released_at, notes
from releases
where app = $app and basis <> 'detected'
    and is_of_store(store, $stores)
    and day_of(released_at) between $first::date and $last::date
order by released_at, store, version;
