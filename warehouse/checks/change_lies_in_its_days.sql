-- says: the day of a change lies in its own interval of days
-- severity: stop
select app, store, series, changed_on, low_on, high_on
from inferred.change_points
where changed_on not between low_on and high_on;
