-- Put the drivers of `found`, whose spans are `driver_days`, into inferred.drivers, each with up to five reviews that exemplify it.
-- A driver's total effect is the sum of what its reviews contribute: with R the mean of both spans' means, a review
-- of k topics with s stars gives (s - R) / k / n after, and -(s - R) / k / n before. So the examples come
-- from the span that gives the greater part, and are reviews that push in the driver's direction; first
-- those whose topic the model is sure of, then the longest (at 280 characters all are long enough), then the
-- furthest from R, then the newest. Those that push in one direction lie on one side of R: the furthest have the
-- most (or fewest) stars, so that the first three make one whole number, `worth`, of which the least is best.
-- A level may last for years: what shows its change is what was written within twelve weeks of it.
insert into inferred.drivers by name
with series as (
    select distinct coalesce(c.app, k.store_app_id) as app, k.store, k.store_app_id
    from core.app_stores k left join core.app_config c using (store, store_app_id)
    semi join found f on f.app = coalesce(c.app, k.store_app_id) and f.store = k.store
),
numbered as (
    select app, store, row_number() over ()::integer as series from series group by app, store
),
directed as (
    select
        row_number() over ()::integer as driver, n.series, f.app, f.store, f.comparison, f.topic,
        sign(f.total_effect) as direction,
        (c.mean_before + c.mean_after) / 2 as middle,
        coalesce(f.share_after * (f.tone_after - middle), 0) * direction
            >= -coalesce(f.share_before * (f.tone_before - middle), 0) * direction as is_after,
        case when is_after then direction else -direction end as side,
        case
            when is_after then f.after_from
            when c.kind = 'change' then greatest(f.before_from, f.before_until - 83)
            else f.before_from
        end as first_day,
        case
            when not is_after then f.before_until
            when c.kind = 'change' then least(f.after_until, f.after_from + 83)
            else f.after_until
        end as last_day
    from found f
    join inferred.driver_comparisons c using (app, store, comparison)
    join numbered n using (app, store)
    where f.total_effect <> 0
),
spoken as (
    select t.text_hash, t.topic, t.score >= 0.8 as is_sure
    from topics_asked t
    join inferred.models m on m.model_version = t.model_version and m.is_serving
    semi join core.topic_config c using (topic)
),
told as (
    select
        n.series, coalesce(t.topic, 'none') as topic, (r.reviewed_at at time zone 'UTC')::date as day,
        r.reviewed_at, r.rating, r.review_id,
        (case when coalesce(t.is_sure, true) then 0 else 281 end + 280 - least(length(r.text), 280)) * 8 as worth
    from core.reviews r
    join series s using (store, store_app_id)
    join numbered n using (app, store)
    left join spoken t on t.text_hash = r.text_hash
    semi join driver_days d
        on d.store = r.store and d.store_app_id = r.store_app_id and d.day = (r.reviewed_at at time zone 'UTC')::date
    where r.rating is not null and r.text_hash is not null
),
chosen as (
    select d.driver, min({
        worth: t.worth + case when d.side > 0 then 5 - t.rating else t.rating end,
        age: -epoch_us(t.reviewed_at),
        review_id: t.review_id
    }, 5) as best
    from directed d
    join told t on t.series = d.series and t.topic = d.topic and t.day between d.first_day and d.last_day
    where (t.rating - d.middle) * d.side > 0
    group by d.driver
)
select f.*, coalesce(list_transform(c.best, lambda b: b.review_id), []::varchar[]) as examples
from found f
left join directed d using (app, store, comparison, topic)
left join chosen c using (driver);
