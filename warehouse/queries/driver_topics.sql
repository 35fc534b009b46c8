-- Which topics drove the change of one comparison? Their effects add up to it.
select
    topic, share_before, share_after, tone_before as mean_before, tone_after as mean_after, share_effect,
    tone_effect as mean_effect, total_effect, low, high,
    n_before, n_after, examples
from drivers
where app = $app and store = $store and comparison = $comparison
order by abs(total_effect) desc, topic;
