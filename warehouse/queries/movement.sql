-- Where does every app stand, and how did its mean move against the thirty days before? One row an app and store.
select app, store, name, n_30d, mean_30d, change_30d, change_low, change_high
from overview
order by app, store;
