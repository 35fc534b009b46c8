-- Of which asks did the last not bring everything, although the source gives it? One row an app, store, source, place and
-- what was asked for. A store that shows its newest reviews only (page_limit) loses nothing while it is asked in time.
with asks as (
    select
        app, store, store_app_id, source, asked_for, place_of(country, language) as place, finished_at, covered_until, outcome,
        reason, got,
        row_number() over (
            partition by source, asked_for, store, store_app_id, language, country
            order by finished_at desc, batch desc
        ) as place_in_time
    from coverage
    where asked_for in ('reviews', 'snapshots')
)
select
    coalesce(app, store_app_id) as app, store, source, asked_for, place, finished_at, covered_until, outcome, reason, got
from asks
where place_in_time = 1 and outcome <> 'complete' and reason not in ('page_limit', 'blocked')
order by app, store, source, asked_for, place;
