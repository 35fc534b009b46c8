-- When did a series change its level, by how much, and how sure are day and size? The nearest release is named as
-- near in time, not as the cause.
-- grain: app, store, series, changed_on
-- order: app, store, series, changed_on
-- nullable: low, high, n_before, n_after, p_value, nearest_release, release_distance_days
create or replace view change_points as
select
    app, store, series, changed_on, low_on, high_on, size, low, high, value_before, value_after, n_before, n_after,
    p_value, nearest_release, release_distance_days
from inferred.change_points;
