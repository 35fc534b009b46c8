-- How far the collected reviews of one app can be trusted: per store, how the last fetch of each
-- language or country ended, and up to when the data speaks.
with latest as (
    select * from coverage
    where app = $app and asked_for = 'reviews'
        and is_of_store(store, $stores)
    qualify row_number() over (
        partition by store, store_app_id, language, country order by finished_at desc, batch desc
    ) = 1
)
select
    store,
    max(finished_at) as finished_at,
    max(covered_until) as covered_until,
    -- the worst ending speaks for the store
    case
        when count(*) filter (outcome = 'failed') > 0 then 'failed'
        when count(*) filter (outcome = 'partial') > 0 then 'partial'
        else 'complete'
    end as outcome,
    arg_min(reason, case outcome when 'failed' then 0 when 'partial' then 1 else 2 end) as reason
from latest
group by store
order by store;
