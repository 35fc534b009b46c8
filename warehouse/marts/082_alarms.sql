-- When was it told that the stars of an app had fallen or risen, or its texts become worse, and what became of it? Every
-- alarm that was ever raised, with the day it was raised, confirmed by later reviews, ended or withdrawn, and why.
-- grain: app, store, raised, kind, topic, measure
-- order: app, store, raised
-- nullable: confirmed, ended, withdrawn, why
create or replace view alarms as
select
    app, store, raised, kind, topic, measure, began, began_low, began_high, confirmed, ended, withdrawn, why,
    value_before, value_after, change, low, high, n_before, n_after, evidence, bound, first_told_at
from inferred.alarms;
