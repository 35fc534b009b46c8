-- How did each of the four rating series go? 'A' displayed score and 'C' Play Console's average by day, 'B' mean
-- review rating and 'D' mean of the new App Store ratings by week, each with its n and 95 % interval; never mixed.
-- grain: app, store, series, period_start
-- order: app, store, series, period_start
-- nullable: n, value, low, high, shrunk, note
create or replace view rating_series as
select
    app, store, series, period_start, grain, period_end, n, value, low, high, shrunk, is_small_n, is_valid, note
from inferred.rating_series;
