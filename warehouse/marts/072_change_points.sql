-- When did a series change its level, by how much, and how sure are day and size? `owner` is the release or event that
-- explains it best, with its chance, if one does; the nearest release is near in time and nothing more. `hole_from` to
-- `hole_until` were not collected, and the change may lie within.
-- grain: app, store, series, changed_on
-- order: app, store, series, changed_on
-- nullable: low, high, n_before, n_after, p_value, nearest_release, release_distance_days, owner_kind, owner,
-- nullable: owner_chance, hole_from, hole_until
create or replace view change_points as
select
    app, store, series, changed_on, low_on, high_on, size, low, high, value_before, value_after, n_before, n_after,
    p_value, nearest_release, release_distance_days, owner_kind, owner, owner_chance, hole_from, hole_until
from inferred.change_points;
