-- Which releases came out in the days, of every app, and what became of the mean of its reviews with each?
select app, store, release_version, released_at, verdict, effect, low, high
from release_impact
where measure = 'mean_stars'
    and is_of_store(store, $stores)
    and (released_at at time zone 'UTC')::date between $first::date and $last::date
order by app, released_at, store, release_version;
