-- Did reviews get better or worse with the releases of one app that came out in the span? `topic`, `why`, `explained_by`
-- and `confounding_events` are null in publications that were made before they were.
select
    store, release_version, released_at, measure, topic, effect, low, high, n_before, n_after, before_from, before_until,
    after_from, after_until, value_before, value_after, p_value, q_value, verdict, why, moved_on, explained_by,
    overlapping_releases, confounding_events
from (
    from release_impact
    union all by name
    select
        null::varchar as topic, null::varchar as why, null::date as moved_on, null::varchar as explained_by,
        null::struct(
            kind varchar, label varchar, place varchar, value_before double, value_after double
        )[] as confounding_events
    where false
)
where app = $app
    and is_of_store(store, $stores)
    and day_of(released_at) between $first::date and $last::date
order by released_at, store, release_version, measure;
