-- How did user experience, trust, reliability and service fare against each other, month by month?
-- grain: app, store, period_start, lens
-- order: app, store, period_start
-- nullable: share, mean_stars, low, high, share_negative
create or replace view tradeoffs as
select
    app, store, period_start, lens, n, n_all, share, mean_stars, low, high, share_negative, is_small_n
from inferred.tradeoffs;
