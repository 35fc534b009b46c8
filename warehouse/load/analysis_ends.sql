-- Up to which moment does the data of each series speak? As in the mart `overview`: an old dump ends when its
-- last review was written, not today.
with reviewed as (
    select a.series, max(r.last_reviewed_at) as last_review_at
    from inferred.review_days r join analysis_series a using (store, store_app_id) group by all
),
covered as (
    select a.series, max(c.covered_until) as covered_until
    from core.coverage c join analysis_series a using (store, store_app_id)
    where c.asked_for = 'reviews' group by all
)
select
    a.series, any_value(a.app) as app, any_value(a.store) as store,
    greatest(any_value(c.covered_until), any_value(r.last_review_at)) as as_of
from analysis_series a
left join reviewed r using (series)
left join covered c using (series)
group by a.series
order by a.series;
