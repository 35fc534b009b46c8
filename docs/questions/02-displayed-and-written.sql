-- How far is the mean of written reviews from the score that the store displays?
-- ストアの表示評価と、書かれたレビューの平均はどれだけ違うか。
-- They are never the same thing: those who write are a few percent of those who rate, and less content.
select
    store, round(displayed_score, 2) as displayed_score, ratings_count, round(mean_30d, 2) as mean_of_written,
    round(low_30d, 2) as low, round(high_30d, 2) as high, n_30d, round(mean_30d - displayed_score, 2) as difference
from overview
where app = 'sample'
order by store;
