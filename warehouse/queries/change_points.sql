-- When did displayed score (series A) and mean review rating (B) of one app change their level, within the span? What
-- says whose a change is is null in publications that were made before it was told.
select
    store, series, changed_on, low_on, high_on, size, low, high, value_before, value_after, n_before, n_after, p_value,
    nearest_release, release_distance_days, owner_kind, owner, owner_chance, hole_from, hole_until
from (
    from change_points
    union all by name
    select
        null::varchar as owner_kind, null::varchar as owner, null::double as owner_chance, null::date as hole_from,
        null::date as hole_until
    where false
)
where app = $app
    and is_of_store(store, $stores)
    and changed_on between $first::date and $last::date
order by changed_on, store, series;
