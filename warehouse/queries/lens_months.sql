-- How did user experience, trust, reliability and service fare in the months of the span?
select store, period_start, lens, n, n_all, share, mean_stars, low, high, share_negative, is_small_n
from tradeoffs
where app = $app
    and is_of_store(store, $stores)
    and period_start between date_trunc('month', $first::date) and $last::date
order by store, period_start, lens;
