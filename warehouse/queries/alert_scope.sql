-- What is told of the apps that alerts are about: their names, their owners, and how far and how completely they were
-- collected. One row an app and store.
select
    app, store, min(name) as name, min(owner) as owner, max(as_of) as as_of, max_by(last_outcome, as_of) as outcome,
    max_by(last_reason, as_of) as reason, bool_or(is_sample) as is_sample
from overview
group by app, store
order by app, store;
