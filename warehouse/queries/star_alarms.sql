-- Every alarm on stars and texts that was raised for one app, the open ones first, those on stars before others, then the
-- newest. Publications that were made before texts had alarms have those on stars, of all reviews.
select
    store, raised, kind, measure, coalesce(topic, 'all') as topic, began, began_low, began_high, confirmed, ended, withdrawn,
    why, value_before, value_after, change, low, high, n_before, n_after
from (from alarms union all by name select null::varchar as topic where false)
where app = $app and is_of_store(store, $stores)
order by
    (ended is null and withdrawn is null) desc, measure in ('mean_stars', 'share_one_star') desc, raised desc, store, kind,
    topic, measure;
