-- Which spans of one app are compared for drivers?
select
    store, comparison, before_from, before_until, after_from, after_until, mean_before, mean_after, change, low,
    high, n_before, n_after
from driver_comparisons
where app = $app and ($stores::varchar[] is null or list_contains($stores::varchar[], store))
order by store, after_until, comparison;
