-- says: the total effects of a comparison's drivers add up to the change of the mean
-- severity: stop
select c.app, c.store, c.comparison, c.change, sum(d.total_effect) as summed
from inferred.driver_comparisons c
left join inferred.drivers d using (app, store, comparison)
group by c.app, c.store, c.comparison, c.change
having not coalesce(abs(summed - c.change) <= 1e-9, false);
