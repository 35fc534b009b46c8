-- When was it told that the stars of an app had fallen or risen, or its texts become worse, and what became of it? Every
-- alarm that was ever raised, with the day it was raised, confirmed by later reviews, ended or withdrawn, and why.
-- grain: app, store, raised_on, kind, topic, measure
-- order: app, store, raised_on
-- nullable: confirmed_on, ended_on, withdrawn_on, why, confirmed, ended, withdrawn
create or replace view alarms as
select
    app, store, raised as raised_on, kind, topic, measure, began as began_on, began_low as began_low_on,
    began_high as began_high_on, confirmed as confirmed_on, ended as ended_on, withdrawn as withdrawn_on, why,
    value_before, value_after, change, low, high, n_before, n_after, evidence, bound, first_told_at,
    raised, began, began_low, began_high, confirmed, ended, withdrawn
from inferred.alarms;
