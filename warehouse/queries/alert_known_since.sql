-- From which day to which is each app known?
select app, min(day) as first_day, max(day) as last_day from ratings_daily where n > 0 group by app order by app;
