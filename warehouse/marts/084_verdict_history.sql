-- What was said of a release, when, and what became of it? A row whenever another verdict was said than before; the newest
-- row of a release and measure is what is said now.
-- grain: app, store, release_version, measure, said_at
-- order: app, store, release_version, measure, said_at
-- nullable: until_on, verdict_before, why, effect, low, high, rests_on
create or replace view verdict_history as
select
    app, store, release_version, measure, said_at, until_on, verdict, verdict_before, why, effect, low, high, rests_on
from inferred.verdict_history;
