-- How many ratings came each month, by what the App Store displays, and what did they give on average?
-- App Store の新しい評価は、月に何件、平均いくつか。
-- Series D; a span with a reset or too coarse a rounding says nothing and is left out.
select
    date_trunc('month', period_start)::date as month, count(*) as weeks,
    sum(n)::bigint as n_ratings, round(sum(value * n) / sum(n), 2) as mean_of_new_ratings
from rating_series
where app = 'sample' and series = 'D' and is_valid and value is not null
group by month
order by month;
