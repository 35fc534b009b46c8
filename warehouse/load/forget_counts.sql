-- How many rows the tables hold from which taking a batch back takes some.
select
    (select count(*) from core.reviews) as reviews,
    (select count(*) from core.review_history) as review_history,
    (select count(*) from core.review_duplicates) as review_duplicates,
    (select count(*) from core.rating_snapshots) as rating_snapshots,
    (select count(*) from core.releases) as releases,
    (select count(*) from core.daily_ratings) as daily_ratings,
    (select count(*) from core.corrections) as corrections,
    (select count(*) from core.coverage) as coverage,
    (select count(*) from core.rejected_rows) as rejected_rows,
    (select count(*) from core.app_stores) as app_stores,
    (select count(*) from core.landing_files) as landing_files,
    (select count(*) from inferred.predictions) as predictions,
    (select count(*) from inferred.topics) as topics,
    (select count(*) from inferred.languages) as languages,
    (select count(*) from inferred.alarms) as alarms,
    (select count(*) from inferred.verdict_history) as verdict_history;
