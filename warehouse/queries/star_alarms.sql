-- Every alarm on stars that was raised for one app, the open ones first, then the newest.
select
    store, raised, kind, measure, began, began_low, began_high, confirmed, ended, withdrawn, why, value_before, value_after,
    change, low, high, n_before, n_after
from alarms
where app = $app and is_of_store(store, $stores)
order by (ended is null and withdrawn is null) desc, raised desc, store, kind;
