-- Where does a dump miss reviews, although it says nothing of it? Into temp table `dump_holes`: spans of 14 to 366 days
-- without a review between days of an app (place '') or of one place of it, when so long a silence is not to be believed.
-- A side is the days before the silence, or after it: as many as it is long, at least 28, at most back to the first
-- review or on to the last. Of its n days e are without a review. Were the days of the silence like those, the chance
-- that none of its l days has one is that of a beta-binomial with Jeffreys' prior: B(e + l + 1/2, n - e + 1/2) /
-- B(e + 1/2, n - e + 1/2) (Gelman et al., Bayesian Data Analysis, 2.4 and 2.8). Both sides must give less than 1e-6. Days
-- are counted, no reviews, since reviews come in bursts. An app that has a review on fewer than every fifth day is not
-- judged, and no longer silence is: such apps are silent for years, and no rate is that of years before.
create or replace temp table dump_holes as
with dumps as (
    select a.series, max(c.covered_until) as until
    from core.coverage c
    join analysis_series a using (store, store_app_id)
    where c.asked_for = 'reviews' and c.source like 'file:%' and c.covered_until is not null
    group by all
),
spoken as (
    select distinct
        a.series, r.place, r.day
    from inferred.review_days r
    join analysis_series a using (store, store_app_id)
    semi join dumps using (series)
),
days as (
    select series, '' as place, day from spoken
    union
    select series, place, day from spoken
    -- the one place of an app is the app
    semi join (select series from spoken group by all having count(distinct place) > 1) using (series)
    where place <> ''
),
silences as (
    select
        series, place, day as before, lead(day) over place as after,
        lead(day) over place - day - 1 as length,
        min(day) over (partition by series, place) as first,
        max(day) over (partition by series, place) as last
    from days
    window place as (partition by series, place order by day)
),
long as (
    select
        s.*,
        least(greatest(length, 28), before - first + 1) as n_before,
        least(greatest(length, 28), last - after + 1) as n_after
    from silences s join dumps d using (series)
    where length between 14 and 366 and (d.until at time zone 'UTC')::date >= after
),
sides as (
    select l.series, l.place, l.before, l.after, l.length, l.n_before as n, count(*) as k
    from long l
    join days d
        on d.series = l.series and d.place = l.place
        and d.day > l.before - l.n_before::integer and d.day <= l.before
    group by all
    union all
    select l.series, l.place, l.before, l.after, l.length, l.n_after, count(*)
    from long l
    join days d
        on d.series = l.series and d.place = l.place
        and d.day >= l.after and d.day < l.after + l.n_after::integer
    group by all
),
judged as (
    select
        series, place, before, after,
        max(
            lgamma(n - k + length + 0.5) - lgamma(n - k + 0.5) - lgamma(n + length + 1) + lgamma(n + 1)
        ) as log_chance,
        min(k / n) as share
    from sides group by all
),
found as (
    select
        series, place,
        (before + 1)::timestamp at time zone 'UTC' as since,
        after::timestamp at time zone 'UTC' as until
    from judged where log_chance < ln(1e-6) and share >= 0.2
)
-- a hole of the whole app is told once
select f.* from found f
where place = '' or not exists (
    from found w where w.series = f.series and w.place = '' and w.since <= f.until and w.until >= f.since
);
