-- What was asked of whom, what came, and why did it end? `n_new` and `n_edited` are counted from the
-- states that a batch was the first to bring, so they do not depend on the order of loading. `lag_s` is how
-- long before its end a batch stopped knowing what was new: seconds from `covered_until` to `finished_at`.
-- A dump of an app in which weeks are missing (load/analysis_dump_holes.sql) is partial, with reason `hole`, whatever its
-- file's end says: only the reviews around it tell, so it is told here and not when the file is read.
-- grain: batch, asked_for, store, store_app_id, language, country
-- snapshot: asked_for <> 'feedback'
-- nullable: app, language, country, asked_since, covered_until, lag_s, n_new, n_edited, detail
create or replace table coverage as
with edited as (
    select distinct store, store_app_id, review_id from core.review_history
),
edited_now as (
    select r.store, r.store_app_id, r.review_id, r.language, r.country, r.first_batch, r.first_seen_at, r.reviewed_at
    from core.reviews r semi join edited using (store, store_app_id, review_id)
),
-- only edited reviews have more than one state to rank
ranked as (
    select *, row_number() over (
        partition by store, store_app_id, review_id order by first_seen_at, first_batch
    ) as place
    from (
        from edited_now
        union all by name
        select store, store_app_id, review_id, language, country, first_batch, first_seen_at, reviewed_at
        from core.review_history
    )
),
counted as (
    select
        batch, store, store_app_id, language, country,
        sum(n_new) as n_new, sum(n_edited) as n_edited, min(first_review_at) as first_review_at
    from (
        select
            first_batch as batch, store, store_app_id, language, country,
            count(*) as n_new, 0 as n_edited, min(reviewed_at) as first_review_at
        from core.reviews group by all
        union all
        select first_batch, store, store_app_id, language, country, -count(*), 0, null
        from edited_now group by all
        union all
        select
            first_batch, store, store_app_id, language, country,
            count(*) filter (place = 1), count(*) filter (place > 1), min(reviewed_at)
        from ranked group by all
    )
    group by all
),
spans as (
    select batch, store, store_app_id, min(first_review_at) as first_review_at from counted group by all
),
holed as (
    -- what a complete dump covers can have no other gap than a hole in it
    select distinct c.batch, c.store, c.store_app_id
    from core.coverage c
    join spans s using (batch, store, store_app_id)
    join apps a using (store, store_app_id)
    join inferred.series_events e on e.app = a.app and e.store = c.store and e.kind = 'coverage_gap'
    where c.asked_for = 'reviews' and c.source like 'file:%' and c.outcome = 'complete'
        and e.happened_at > s.first_review_at and e.until <= c.covered_until + interval 1 day
),
brought as (
    select
        c.batch, c.store, c.store_app_id, c.language, c.country,
        sum(n.n_new)::bigint as n_new, sum(n.n_edited)::bigint as n_edited
    from core.coverage c
    join counted n
        on n.batch = c.batch and n.store = c.store and n.store_app_id = c.store_app_id
        -- a dump speaks for all its languages and countries at once
        and (c.language is null or n.language is not distinct from c.language)
        and (c.country is null or n.country is not distinct from c.country)
    where c.asked_for = 'reviews'
    group by all
)
select
    c.batch, c.run_id, c.source, c.asked_for, a.app, c.store, c.store_app_id, c.language, c.country,
    c.asked_since, c.started_at, c.finished_at, c.covered_until, c.pages, c.got,
    date_diff('second', c.covered_until, c.finished_at) as lag_s,
    case when c.asked_for = 'reviews' then coalesce(b.n_new, 0) end as n_new,
    case when c.asked_for = 'reviews' then coalesce(b.n_edited, 0) end as n_edited,
    c.rejected,
    case when h.batch is null or c.asked_for <> 'reviews' then c.outcome else 'partial' end as outcome,
    case when h.batch is null or c.asked_for <> 'reviews' then c.reason else 'hole' end as reason,
    c.detail, c.is_sample
from core.coverage c
left join apps a using (store, store_app_id)
left join brought b
    on b.batch = c.batch and b.store = c.store and b.store_app_id = c.store_app_id
    and b.language is not distinct from c.language and b.country is not distinct from c.country
left join holed h on h.batch = c.batch and h.store = c.store and h.store_app_id = c.store_app_id
order by c.finished_at, c.batch, c.store, c.store_app_id, c.asked_for;
