-- Every change of level of every app, oldest first within its series; $app null: all apps. What says whose a change is
-- is null in publications that were made before it was told.
select
    c.app, a.name, c.store, c.series, c.changed_on, c.low_on, c.high_on, c.value_before, c.value_after, c.size,
    c.low, c.high, c.n_before, c.n_after, c.p_value, c.nearest_release, c.release_distance_days,
    c.owner_kind, c.owner, c.owner_chance, c.hole_from, c.hole_until
from (
    from change_points
    union all by name
    select
        null::varchar as owner_kind, null::varchar as owner, null::double as owner_chance, null::date as hole_from,
        null::date as hole_until
    where false
) c
join (select app, store, min(name) as name from apps group by all) a using (app, store)
where $app::varchar is null or c.app = $app
order by c.app, c.store, c.series, c.changed_on;
