-- Every change of level of every app, oldest first within its series; $app null: all apps.
select
    c.app, a.name, c.store, c.series, c.changed_on, c.low_on, c.high_on, c.value_before, c.value_after, c.size,
    c.low, c.high, c.n_before, c.n_after, c.p_value, c.nearest_release, c.release_distance_days,
    c.due_to_kind, c.due_to, c.due_to_chance, c.hole_from, c.hole_until
from change_points c
join (select app, store, min(name) as name from apps group by all) a using (app, store)
where $app::varchar is null or c.app = $app
order by c.app, c.store, c.series, c.changed_on;
