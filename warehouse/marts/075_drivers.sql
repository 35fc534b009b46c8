-- Which topics drove a change of the mean? The total effects of a comparison add up to its change; `examples` names
-- reviews that show the effect, the best first.
-- grain: app, store, comparison, topic
-- order: app, store, comparison
-- nullable: tone_before, tone_after
create or replace view drivers as
select
    app, store, comparison, topic, before_from, before_until, after_from, after_until, share_before, share_after,
    tone_before, tone_after, share_effect, tone_effect, total_effect, low, high, n_before, n_after, examples
from inferred.drivers;
