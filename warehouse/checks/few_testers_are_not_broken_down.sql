-- says: what fewer than five testers said is not broken down
-- severity: stop
select app, store, release_version, cohort, n_testers from inferred.alpha_foretold where n_testers < 5;
