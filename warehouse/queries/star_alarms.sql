-- Every alarm on stars and texts that was raised for one app, the open ones first, those on stars before others, then the
-- newest.
select
    store, raised_on, kind, measure, topic, began_on, began_low_on, began_high_on, confirmed_on, ended_on, withdrawn_on,
    why, value_before, value_after, change, low, high, n_before, n_after
from alarms
where app = $app and is_of_store(store, $stores)
order by
    (ended_on is null and withdrawn_on is null) desc, measure in ('mean_stars', 'share_one_star') desc, raised_on desc, store, kind,
    topic, measure;
