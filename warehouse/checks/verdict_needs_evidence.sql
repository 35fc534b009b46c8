-- says: better or worse is said only of an effect with an interval that lies on that side of nothing
-- severity: stop
select app, store, release_version, measure, effect, low, high, verdict
from inferred.release_impact
where verdict in ('better', 'worse') and not coalesce(low > 0 or high < 0, false);
