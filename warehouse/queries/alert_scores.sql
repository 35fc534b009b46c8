-- The displayed score of every app and store by day, with the ends of its rounding; the oldest first.
select app, store, period_start as day, value, low, high, n
from rating_series
where series = 'A' and is_valid and value is not null and period_start >= $since::date
order by app, store, day;
