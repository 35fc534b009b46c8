-- How did the last ask of each source for each app and place end, and how many asks before it failed in a row?
-- What a failing source said stays out of feedback's rows: it could hold a tester's words.
with asks as (
    select
        *,
        row_number() over (
            partition by source, asked_for, store, store_app_id, language, country
            order by finished_at desc, batch desc
        ) as place
    from coverage
),
well as (
    select source, asked_for, store, store_app_id, language, country, min(place) as place
    from asks where outcome <> 'failed' group by all
)
select
    coalesce(o.name, a.app, a.store_app_id) as name, a.app, a.store, a.store_app_id, a.source, a.asked_for,
    case
        when a.country is not null then 'country:' || a.country
        when a.language is not null then 'language:' || a.language
    end as place,
    a.finished_at, a.covered_until, a.pages, a.got, a.lag_s, a.n_new as new, a.n_edited as edited, a.rejected, a.outcome, a.reason,
    case when a.asked_for <> 'feedback' then a.detail end as detail,
    a.is_sample,
    case when a.outcome = 'failed' then coalesce(w.place - 1, count(*) over (
        partition by a.source, a.asked_for, a.store, a.store_app_id, a.language, a.country
    )) else 0 end as failed_in_a_row
from asks a
left join well w
    on w.source = a.source and w.asked_for = a.asked_for and w.store = a.store
    and w.store_app_id = a.store_app_id and w.language is not distinct from a.language
    and w.country is not distinct from a.country
left join apps o on o.store = a.store and o.store_app_id = a.store_app_id
qualify a.place = 1
order by
    case a.outcome when 'failed' then 0 when 'partial' then 1 else 2 end,
    name, a.store, a.asked_for, a.source, place;
