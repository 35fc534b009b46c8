-- What happened that a reader of a series must know: releases, resets, gaps in coverage, and what events.toml says?
-- grain: app, store, happened_at, kind, label, source, place
-- order: app, store, happened_at
-- nullable: until, place, value_before, value_after, steps, steps_beyond
create or replace view series_events as
select
    app, store, happened_at, until, kind, label, source, place, value_before, value_after, steps,
    steps_beyond
from inferred.series_events;
