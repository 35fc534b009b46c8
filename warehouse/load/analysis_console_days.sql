-- What average did Play Console give each of its days?
select a.series, d.day, avg(d.daily_average) as daily_average
from core.daily_ratings d
join analysis_series a using (store, store_app_id)
where d.daily_average is not null
group by all
order by a.series, d.day;
