-- What is known of `kept_names` at the end of some day. What it was made of is compared by whoever goes on from it.
select app, store, method, day, inputs, numbers, said
from inferred.kept_states semi join kept_names using (app, store)
order by all;
