-- What should be fixed first, and which team owns it? Topics by the mean stars that would be gained if the
-- complaints about them went away.
-- grain: app, store, topic
-- order: app, store, rank
-- nullable: owner, lens, share_complaints, mean_with, mean_without, gain, low, high, gain_if_alone, gain_if_all
create or replace view fix_first as
select
    f.app, f.store, f.topic, t.owner, t.lens, f.rank, f.n_complaints, f.share_complaints, f.mean_with,
    f.mean_without, f.gain, f.low, f.high, f.gain_if_alone, f.gain_if_all, f.n, f.window_from, f.window_until,
    f.verdict
from inferred.fix_first f
left join core.topic_config t using (topic);
