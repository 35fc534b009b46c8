-- How many texts of the thirty days of the overview are negative, given the model's own errors? Of every app in every
-- store; null where its error is not known for these texts. As corrected_shares has it.
select app, store, corrected_low, corrected_high
from corrected_shares
where span = 'last_30d' and task = 'sentiment' and label = 'negative'
order by app, store;
