-- What should be fixed first in one app, and which team owns it?
select
    f.store, f.topic, f.owner, f.lens, f.rank, f.n_complaints, f.share_complaints, f.mean_with, f.mean_without, f.gain,
    f.low, f.high, f.n, f.window_from, f.window_until, f.verdict
from fix_first f
where f.app = $app and is_of_store(f.store, $stores)
order by f.gain desc nulls last, f.store, f.topic;
