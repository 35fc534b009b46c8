-- Did reviews get better or worse with the releases of one app that came out in the span?
select
    store, release_version, released_at, measure, effect, low, high, n_before, n_after, before_from, before_until,
    after_from, after_until, value_before, value_after, p_value, q_value, verdict, "overlaps", confounders
from release_impact
where app = $app
    and ($stores::varchar[] is null or list_contains($stores::varchar[], store))
    and (released_at at time zone 'UTC')::date between $first::date and $last::date
order by released_at, store, release_version, measure;
