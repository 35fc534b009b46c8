-- Which spans of one app are compared for drivers? `kind` and what follows it are null in publications that were made
-- before they were.
select
    store, comparison, kind, release_version, changed_on, before_from, before_until, after_from, after_until, mean_before, mean_after, change, low,
    high, n_before, n_after
from (
    from driver_comparisons
    union all by name
    select null::varchar as kind, null::varchar as release_version, null::date as changed_on where false
)
where app = $app and is_of_store(store, $stores)
order by store, after_until, comparison;
