-- Which asks did not end complete, newest first?
select
    c.finished_at, coalesce(o.name, c.app, c.store_app_id) as name, c.store, c.source, c.asked_for,
    case
        when c.country is not null then 'country:' || c.country
        when c.language is not null then 'language:' || c.language
    end as place,
    c.got, c.outcome, c.reason
from coverage c
left join apps o on o.store = c.store and o.store_app_id = c.store_app_id
where c.outcome <> 'complete'
order by c.finished_at desc, c.batch desc, place
limit $count::integer;
