-- When did a series change its level, by how much, and how sure are day and size? `due_to` is the release or event that
-- explains it best, with its chance, if one does; the nearest release is near in time and nothing more. `hole_from` to
-- `hole_until` were not collected, and the change may lie within.
-- grain: app, store, series, changed_on
-- order: app, store, series, changed_on
-- nullable: low, high, n_before, n_after, p_value, nearest_release, release_distance_days, due_to_kind, due_to,
-- nullable: due_to_chance, hole_from, hole_until, owner_kind, owner, owner_chance
create or replace view change_points as
select
    app, store, series, changed_on, low_on, high_on, size, low, high, value_before, value_after, n_before, n_after,
    p_value, nearest_release, release_distance_days, owner_kind as due_to_kind, owner as due_to,
    owner_chance as due_to_chance, hole_from, hole_until, owner_kind, owner, owner_chance
from inferred.change_points;
