-- The interval of a star vector without its days is gone: it was up to three times too narrow. In its place stand
-- the macros of warehouse/macros/interval.sql, which every build of the marts makes.
drop macro if exists rating_posterior_mean;
drop macro if exists rating_posterior_sd;
drop macro if exists rating_low;
drop macro if exists rating_high;
