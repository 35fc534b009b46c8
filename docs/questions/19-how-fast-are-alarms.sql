-- How many days after something began to move was it told, and was it confirmed?
-- 動き始めてから知らせまで何日かかり、その後どうなったか。
select
    store, kind, measure, began_on, raised_on, raised_on - began_on as days_to_alarm, confirmed_on, ended_on, withdrawn_on, why,
    round(change, 2) as change, n_before, n_after
from alarms
where app = 'sample'
order by store, raised_on, kind, measure;
