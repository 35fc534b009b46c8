-- What this analysis says of releases of the apps in `replaced` stands in `said`; what it says otherwise than was said last is added to the history.
-- Of a topic, and of what has too few reviews, nothing is said until it is.
delete from inferred.verdict_history h
where not exists (from core.app_stores a left join core.app_config c using (store, store_app_id)
    where a.store = h.store and coalesce(c.app, a.store_app_id) = h.app);

insert into inferred.verdict_history by name
with last as (
    from inferred.verdict_history
    semi join replaced using (app, store)
    qualify row_number() over (
        partition by app, store, release_version, measure order by said_at desc
    ) = 1
),
ends as (
    select app, store, max(until_on) as until_on from said group by all
)
select
    s.* replace (
        $now::timestamptz as said_at,
        l.verdict as verdict_before
    )
from said s
left join last l using (app, store, release_version, measure)
where l.verdict is distinct from s.verdict
    and (l.verdict is not null
        or s.verdict in ('better', 'worse') or (s.verdict = 'no_clear_change' and not starts_with(s.measure, 'topic:')))
union all by name
select
    l.* replace (
        $now::timestamptz as said_at,
        coalesce(e.until_on, l.until_on) as until_on,
        'gone' as verdict,
        l.verdict as verdict_before,
        null as why, null as effect, null as low, null as high, null as rests_on
    )
from last l
anti join said s using (app, store, release_version, measure)
left join ends e using (app, store)
where l.verdict <> 'gone';
