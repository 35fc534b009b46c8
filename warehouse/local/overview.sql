-- As queries/overview.sql, with the thirty days of reviews by the days of a zone. In UTC it gives what `overview` has.
with anchored as (
    select *, day_of(as_of) as until
    from (from overview union all by name select null::bigint as n_not_covered_30d where false)
),
days as (
    select
        d.store, d.store_app_id, d.day,
        case when d.day > a.until - 30 then 'now' else 'before' end as span,
        sum(d.n) as n,
        sum(d.n_1) as n_1, sum(d.n_2) as n_2, sum(d.n_3) as n_3, sum(d.n_4) as n_4, sum(d.n_5) as n_5,
        sum(d.n_classified) as n_classified, sum(d.n_not_covered) as n_not_covered,
        sum(d.n_negative) as n_negative, sum(d.n_neutral) as n_neutral, sum(d.n_positive) as n_positive
    from ratings_daily d
    join anchored a using (store, store_app_id)
    where d.day > a.until - 60 and d.day <= a.until
    group by all
),
windows as (
    select
        store, store_app_id, span,
        sum(n)::bigint as n,
        stars_interval(star_sums(n_1, n_2, n_3, n_4, n_5)) as stars,
        sum(n_classified)::bigint as n_classified,
        sum(n_not_covered)::bigint as n_not_covered,
        sum(n_negative) / nullif(sum(n_classified), 0) as share_negative,
        sum(n_neutral) / nullif(sum(n_classified), 0) as share_neutral,
        sum(n_positive) / nullif(sum(n_classified), 0) as share_positive
    from days
    group by all
)
select
    a.app, a.store, a.store_app_id, a.name, a.owner, a.is_sample, a.as_of,
    a.displayed_score, a.displayed_at, a.displayed_country, a.ratings_count, a.displayed_score_before,
    coalesce(w.n, 0) as n_30d, w.stars.mean as mean_30d, w.stars.low as low_30d, w.stars.high as high_30d,
    coalesce(v.n, 0) as n_prev_30d, v.stars.mean as mean_prev_30d,
    m.moved.change as change_30d, m.moved.low as change_low, m.moved.high as change_high,
    coalesce(w.n_classified, 0) as n_classified_30d, coalesce(w.n_not_covered, 0) as n_not_covered_30d,
    w.share_negative as share_negative_30d, w.share_neutral as share_neutral_30d, w.share_positive as share_positive_30d,
    a.n_total, a.last_review_at, a.last_seen_at, a.last_outcome, a.last_reason
from anchored a
left join windows w on w.store = a.store and w.store_app_id = a.store_app_id and w.span = 'now'
left join windows v on v.store = a.store and v.store_app_id = a.store_app_id and v.span = 'before'
left join lateral (select difference_interval(v.stars, w.stars) as moved) m on true
order by a.name, a.app, a.store, a.store_app_id;
