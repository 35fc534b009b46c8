-- From which day to which anything is known of an app: its reviews, its displayed scores, and how far
-- its reviews were asked for. Both null for an app of which nothing was collected.
with days as (
    select day from ratings_daily where app = $app
    union all
    select day_of(observed_at) from rating_snapshots
    where app = $app and displayed_score is not null
    union all
    select day_of(as_of) from overview where app = $app and as_of is not null
)
select min(day) as first_day, max(day) as last_day from days;
