-- Every app in every store as it stands, in a stable order. `n_not_covered_30d` is null in publications that were
-- made before it was counted.
select
    app, store, store_app_id, name, owner, is_sample, as_of,
    displayed_score, displayed_at, displayed_country, ratings_count, displayed_score_before,
    n_30d, mean_30d, low_30d, high_30d, n_prev_30d, mean_prev_30d, change_30d, change_low, change_high,
    n_classified_30d, n_not_covered_30d, share_negative_30d, share_neutral_30d, share_positive_30d,
    n_total, last_review_at, last_seen_at, last_outcome, last_reason
from (from overview union all by name select null::bigint as n_not_covered_30d where false)
order by name, app, store, store_app_id;
