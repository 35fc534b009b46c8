-- What the analysis found stands in columns of its own, not in words that a reader would have to take apart again.
-- Rows of before are told anew by the next analysis, which the change of code makes due.

-- Until now `label` held "12088 > 130" (reset), "3.97 > 2.88" (reweighted), "310 of 784" (reweights_often) and the place
-- of a gap. It now holds the words of others only: a version, or what events.toml says.
-- the country (App Store) or language (Google Play) of a coverage_gap; null for all of them
alter table inferred.series_events add column place varchar;
-- reset: numbers of ratings; reweighted: displayed scores
alter table inferred.series_events add column value_before double;
alter table inferred.series_events add column value_after double;
-- reweights_often: of so many steps between two sightings so many went beyond new ratings
alter table inferred.series_events add column steps bigint;
alter table inferred.series_events add column steps_beyond bigint;

-- the topic of a measure `topic:KEY`; null for measures of all reviews
alter table inferred.release_impact add column topic varchar;
-- the events of series_events that lie in the windows: in place of words such as "reset: 12088 > 130"
alter table inferred.release_impact drop column confounders;
alter table inferred.release_impact add column confounding_events struct(
    kind varchar, label varchar, place varchar, value_before double, value_after double
)[];

-- 'latest' (the last days against those before), 'release' or 'change', and which
alter table inferred.driver_comparisons add column kind varchar;
alter table inferred.driver_comparisons add column release_version varchar;
alter table inferred.driver_comparisons add column changed_on date;
