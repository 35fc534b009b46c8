-- Which topics did testers name before a release, and which rose among the public's complaints after it?
-- grain: app, store, release_version, topic
-- order: app, store, release_version
-- snapshot: none
-- nullable: share_alpha, alpha_low, alpha_high, share_before, share_after, change, change_low, change_high
create or replace view alpha_topics as
select
    app, store, release_version, topic, n_alpha, share_alpha, alpha_low, alpha_high, n_before, n_after,
    share_before, share_after, change, change_low, change_high, named_by_alpha, rose_after, verdict
from inferred.alpha_topics;
