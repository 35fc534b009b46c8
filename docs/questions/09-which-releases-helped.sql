-- Which releases made the stars better or worse, and how sure is that with so many looked at?
-- どのリリースで星が良くなり、悪くなったか。
select
    store, release_version, (released_at at time zone 'UTC')::date as released_on, verdict, round(effect, 2) as effect,
    round(low, 2) as low, round(high, 2) as high, round(q_value, 4) as q_value, n_before, n_after
from release_impact
where app = 'sample' and measure = 'mean_stars' and verdict in ('better', 'worse')
order by released_at, store;
