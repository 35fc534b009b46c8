-- How does every app stand today, against thirty days before?
-- grain: store, store_app_id
-- nullable: owner, as_of, displayed_score, displayed_at, displayed_country, ratings_count,
-- nullable: displayed_score_before, displayed_before_at, mean_30d, low_30d, high_30d, mean_prev_30d, change_30d,
-- nullable: change_low, change_high, share_negative_30d, share_neutral_30d, share_positive_30d,
-- nullable: share_negative_prev_30d, mean_total, first_review_at, last_review_at, last_seen_at, last_outcome,
-- nullable: last_reason
create or replace table overview as
with reviewed as (
    select
        store, store_app_id,
        sum(n)::bigint as n_total,
        rating_mean(sum(n_1), sum(n_2), sum(n_3), sum(n_4), sum(n_5)) as mean_total
    from ratings_daily group by all
),
seen as (
    select
        store, store_app_id,
        min(reviewed_at) as first_review_at,
        max(reviewed_at) as last_review_at
    from core.reviews group by all
),
covered as (
    select
        store, store_app_id,
        max(covered_until) as covered_until,
        max(finished_at) as last_seen_at,
        arg_max(outcome, (finished_at, batch)) as last_outcome,
        arg_max(reason, (finished_at, batch)) as last_reason
    from coverage where asked_for = 'reviews' group by all
),
-- An old dump ends when its last review was written, not today: its last thirty days are those before.
anchored as (
    select
        a.*, s.first_review_at, s.last_review_at, c.last_seen_at, c.last_outcome, c.last_reason,
        greatest(c.covered_until, s.last_review_at) as as_of
    from apps a
    left join seen s using (store, store_app_id)
    left join covered c using (store, store_app_id)
),
days as (
    select
        d.store, d.store_app_id, d.day,
        case when d.day > (a.as_of at time zone 'UTC')::date - 30 then 'now' else 'before' end as span,
        sum(n) as n,
        sum(n_1) as n_1, sum(n_2) as n_2, sum(n_3) as n_3, sum(n_4) as n_4, sum(n_5) as n_5,
        sum(n_classified) as n_classified, sum(n_not_covered) as n_not_covered,
        sum(n_negative) as n_negative, sum(n_neutral) as n_neutral, sum(n_positive) as n_positive
    from ratings_daily d
    join anchored a using (store, store_app_id)
    where d.day > (a.as_of at time zone 'UTC')::date - 60
        and d.day <= (a.as_of at time zone 'UTC')::date
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
),
last_displayed as (
    -- several countries: the one with the most ratings speaks, and is named
    select * from core.rating_snapshots where displayed_score is not null
    qualify row_number() over (
        partition by store, store_app_id
        order by (observed_at at time zone 'UTC')::date desc, ratings_count desc nulls last, observed_at desc,
            country, language
    ) = 1
),
displayed_before as (
    select b.*
    from core.rating_snapshots b
    join last_displayed l
        on b.store = l.store and b.store_app_id = l.store_app_id
        and b.country is not distinct from l.country and b.language is not distinct from l.language
        and b.observed_at <= l.observed_at - interval 30 day
    where b.displayed_score is not null
    qualify row_number() over (partition by b.store, b.store_app_id order by b.observed_at desc) = 1
)
select
    a.app, a.store, a.store_app_id, a.name, a.owner, a.is_sample, a.as_of,
    l.displayed_score,
    l.observed_at as displayed_at,
    l.country as displayed_country,
    l.ratings_count,
    b.displayed_score as displayed_score_before,
    b.observed_at as displayed_before_at,
    coalesce(w.n, 0) as n_30d,
    w.stars.mean as mean_30d,
    w.stars.low as low_30d,
    w.stars.high as high_30d,
    coalesce(v.n, 0) as n_prev_30d,
    v.stars.mean as mean_prev_30d,
    m.moved.change as change_30d,
    m.moved.low as change_low,
    m.moved.high as change_high,
    coalesce(w.n_classified, 0) as n_classified_30d,
    coalesce(w.n_not_covered, 0) as n_not_covered_30d,
    w.share_negative as share_negative_30d,
    w.share_neutral as share_neutral_30d,
    w.share_positive as share_positive_30d,
    v.share_negative as share_negative_prev_30d,
    coalesce(r.n_total, 0) as n_total,
    r.mean_total,
    a.first_review_at, a.last_review_at, a.last_seen_at, a.last_outcome, a.last_reason
from anchored a
left join reviewed r using (store, store_app_id)
left join windows w on w.store = a.store and w.store_app_id = a.store_app_id and w.span = 'now'
left join windows v on v.store = a.store and v.store_app_id = a.store_app_id and v.span = 'before'
left join lateral (select difference_interval(v.stars, w.stars) as moved) m on true
left join last_displayed l on l.store = a.store and l.store_app_id = a.store_app_id
left join displayed_before b on b.store = a.store and b.store_app_id = a.store_app_id
order by a.app, a.store, a.store_app_id;
