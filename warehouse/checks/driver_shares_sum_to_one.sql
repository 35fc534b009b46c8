-- says: the topics of a comparison share its reviews out among them, before and after
-- severity: stop
select app, store, comparison
from inferred.drivers
group by all
having abs(sum(share_before) - 1) > 1e-9 or abs(sum(share_after) - 1) > 1e-9;
