-- Comparisons of `kept_names` whose spans hold none of the days that were noted: their rows stay as they are.
select c.app, c.store, c.comparison, c.before_from, c.before_until, c.after_from, c.after_until
from inferred.driver_comparisons c
semi join kept_names using (app, store)
anti join kept_days d
    on d.app = c.app and d.store = c.store and d.day between c.before_from and c.before_until
anti join kept_days d
    on d.app = c.app and d.store = c.store and d.day between c.after_from and c.after_until
order by all;
