-- says: an alarm on stars or texts is raised only on evidence that reached its bound, and lives in order of time
-- severity: stop
select app, store, raised, kind, evidence, bound, confirmed, ended, withdrawn
from inferred.alarms
where
    evidence < bound
    or began > raised or began not between began_low and began_high
    or confirmed <= raised or ended < raised or withdrawn < raised
    or (ended is not null and withdrawn is not null)
    or (why is null) <> (ended is null and withdrawn is null);
