-- Which topics did testers name before one release, and which rose among the public's complaints after it?
select
    topic, n_alpha, share_alpha, alpha_low, alpha_high, n_before, n_after, share_before, share_after, change,
    change_low, change_high, named_by_alpha, rose_after, verdict
from alpha_topics where app = $app and store = $store and release_version = $version
order by share_alpha desc nulls last, n_before + n_after desc, topic;
