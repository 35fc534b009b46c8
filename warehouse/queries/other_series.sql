-- How did Play Console's daily average (series C) and the mean of new App Store ratings (D) of one app go in the span?
select store, series, period_start, period_end, n, value, low, high, is_small_n, is_valid, note
from rating_series
where app = $app and series in ('C', 'D')
    and is_of_store(store, $stores)
    and period_end >= $first::date and period_start <= $last::date
order by series, store, period_start;
