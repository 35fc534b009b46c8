-- Which share of the texts is negative, by month and in the last thirty days, with what the model gets wrong allowed for?
-- 否定的な文章の割合は。モデルの誤りを織り込むと。
-- `share` is what the model said, with an interval that knows nothing of its errors; `corrected` allows for them, where they
-- were measured in the languages of the texts: `error` says whether (docs/statistics.md).
select
    store, span, period_start, n_read, round(share, 3) as share, round(low, 3) as low, round(high, 3) as high,
    round(corrected, 3) as corrected, round(corrected_low, 3) as corrected_low,
    round(corrected_high, 3) as corrected_high, error
from corrected_shares
where app = 'sample' and task = 'sentiment' and label = 'negative'
    and period_start >= (select max(period_start) - interval 1 year from corrected_shares where app = 'sample')
order by store, span, period_start;
