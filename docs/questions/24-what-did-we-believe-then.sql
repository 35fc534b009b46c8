-- What did we believe on a day: the mean of the thirty days before it, as reviews stood then and as they stand now?
-- ある日の時点で、直近 30 日の平均をいくつと見ていたか。いまの内容ではいくつか。
-- A state counts from when it was first seen until the next one was: review_history has them all. The whole answer
-- is the file of that day: hoshiyomi path --as-of.
with moments as (
    select unnest([
        timestamptz '2025-11-30 00:00:00+00', timestamptz '2026-04-30 00:00:00+00', timestamptz '2026-08-31 00:00:00+00'
    ]) as then_at
),
states as (
    select store, store_app_id, review_id, rating, reviewed_at, seen_from,
        lead(seen_from) over (partition by store, store_app_id, review_id order by state) as seen_until
    from review_history where app = 'sample'
    union all
    select store, store_app_id, review_id, rating, reviewed_at, first_seen_at, null
    from reviews where app = 'sample' and not is_edited
),
believed as (
    select m.then_at, count(s.rating) as n, avg(s.rating) as mean
    from moments m
    join states s
        on s.seen_from <= m.then_at and (s.seen_until is null or s.seen_until > m.then_at)
        and s.reviewed_at > m.then_at - interval 30 day and s.reviewed_at <= m.then_at
    group by all
),
now_known as (
    select m.then_at, count(r.rating) as n, avg(r.rating) as mean
    from moments m
    join reviews r on r.app = 'sample' and r.reviewed_at > m.then_at - interval 30 day and r.reviewed_at <= m.then_at
    group by all
),
told as (
    select m.then_at, max(p.revision) as revision
    from moments m join publications p on p.published_at <= m.then_at group by all
)
select
    b.then_at, t.revision as publication, b.n as n_then, round(b.mean, 2) as mean_then, k.n as n_now,
    round(k.mean, 2) as mean_now
from believed b
left join now_known k using (then_at)
left join told t using (then_at)
order by b.then_at;
