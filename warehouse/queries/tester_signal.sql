-- Did the alpha of one app foretell what the public complained of after each release? Newest release first, the
-- whole alpha before its cohorts.
select
    store, release_version, released_at, cohort, n_alpha, n_testers, n_before, n_after, n_topics, rank_correlation,
    low, high, hit_rate, hit_low, hit_high, verdict
from alpha_foretold where app = $app
order by released_at desc, store, release_version, cohort nulls first;
