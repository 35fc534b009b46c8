-- When did displayed score (series A) and mean review rating (B) of one app change their level, within the span?
select
    store, series, changed_on, low_on, high_on, size, low, high, value_before, value_after, n_before, n_after, p_value,
    nearest_release, release_distance_days, due_to_kind, due_to, due_to_chance, hole_from, hole_until
from change_points
where app = $app
    and is_of_store(store, $stores)
    and changed_on between $first::date and $last::date
order by changed_on, store, series;
