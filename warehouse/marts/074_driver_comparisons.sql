-- Which spans are compared for drivers, and by how much did the mean change from one to the other?
-- grain: app, store, comparison
-- order: app, store, after_until
-- nullable: kind, release_version, changed_on
create or replace view driver_comparisons as
select
    app, store, comparison, kind, release_version, changed_on, before_from, before_until, after_from, after_until, mean_before, mean_after, change,
    low, high, n_before, n_after
from inferred.driver_comparisons;
