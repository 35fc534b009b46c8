-- Did the alpha foretell what the public complained of after the release? Without a cohort: all of them together.
-- grain: app, store, release_version, cohort
-- order: app, store, released_at
-- snapshot: none
-- nullable: cohort, rank_correlation, low, high, hit_rate, hit_low, hit_high
create or replace view alpha_foretold as
select
    app, store, release_version, cohort, released_at, n_alpha, n_testers, n_before, n_after, n_topics,
    rank_correlation, low, high, hit_rate, hit_low, hit_high, verdict
from inferred.alpha_foretold;
