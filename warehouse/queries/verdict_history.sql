-- What was said of the releases of one app, and what became of it? The newest first.
select
    store, release_version, measure, said_at, until_on, verdict, verdict_before, why, effect, low, high, rests_on
from verdict_history
where app = $app and is_of_store(store, $stores)
order by said_at desc, store, release_version, measure;
