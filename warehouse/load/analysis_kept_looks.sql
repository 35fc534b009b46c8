-- The last look at each release of `kept_names` whose watch was over, with all that it looks at, before the first day that was
-- noted: what was seen of it stays as it is.
select w.*
from inferred.release_watch w
semi join kept_names k on k.app = w.app and k.store = w.store and k.is_watched_alike
left join (select app, store, min(day) as day from kept_days group by all) d on d.app = w.app and d.store = w.store
where (w.released_at at time zone 'UTC')::date + $longest::integer < coalesce(d.day, date '9999-12-31')
    and (w.released_at at time zone 'UTC')::date + $longest::integer < (
        select max(day) from inferred.review_days r
        join analysis_series a using (store, store_app_id)
        where a.app = w.app and a.store = w.store
    )
qualify row_number() over (
    partition by w.app, w.store, w.release_version, w.released_at order by w.day desc
) = 1
order by all;
