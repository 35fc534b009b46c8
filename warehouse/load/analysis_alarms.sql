-- One alarm is the other where app, store, day, direction and topic agree, and both are of stars or both of tone: which
-- measure of the stars says so most strongly may be another one now. The alarms of this analysis of the apps in `replaced` stand in inferred.alarms, theirs of before in `told_before`. One that was told before keeps
-- when; one that is not found any more, since reviews came late, were changed or erased, or by other settings, is
-- withdrawn on the day of this analysis.
update inferred.alarms a
set first_told_at = t.first_told_at
from told_before t
where
    t.app = a.app and t.store = a.store and t.raised = a.raised and t.kind = a.kind and t.topic = a.topic
    and (t.measure = 'share_negative') = (a.measure = 'share_negative');

insert into inferred.alarms by name
select
    t.* replace (
        coalesce(t.withdrawn, ($now at time zone 'UTC')::date) as withdrawn,
        null::date as ended,
        'recounted' as why
    )
from told_before t
anti join inferred.alarms a
    on a.app = t.app and a.store = t.store and a.raised = t.raised and a.kind = t.kind and a.topic = t.topic
    and (a.measure = 'share_negative') = (t.measure = 'share_negative');
