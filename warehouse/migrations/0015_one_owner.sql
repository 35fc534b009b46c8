-- A change of level is one release's, one event's or nobody's, and what was said of a release is kept.

-- To what the change is due, and how likely that is: 'release', 'event', or of a displayed score 'reweighted', 'reset'.
alter table inferred.change_points add column owner_kind varchar;
alter table inferred.change_points add column owner varchar;
alter table inferred.change_points add column owner_chance double;
-- The days that were not collected in which the change may lie.
alter table inferred.change_points add column hole_from date;
alter table inferred.change_points add column hole_until date;

-- What 'no_clear_change' means: 'spans_zero', 'not_beyond_usual', 'explained', 'hole'. Null with another verdict.
alter table inferred.release_impact add column why varchar;
-- With 'explained': the release or event that the change of `moved_on` is due to; null where nobody knows.
alter table inferred.release_impact add column explained_by varchar;

-- One row whenever another verdict was said of a release than before; none is changed. Only what must be forgotten goes:
-- what was said since an import was loaded that is taken back, and what was said of an app that is gone.
create table inferred.verdict_history (
    app varchar not null,
    store varchar not null,
    release_version varchar not null,
    -- as in release_impact, or 'watch': of the release watch
    measure varchar not null,
    -- the analysis that said it, and the last day of its data
    said_at timestamptz not null,
    until_on date,
    -- as in release_impact; 'withdrawn': of the watch, its evidence has gone; 'gone': the release is not judged any more
    verdict varchar not null,
    -- what was said before; null at first
    verdict_before varchar,
    why varchar,
    effect double,
    low double,
    high double,
    rests_on varchar
);
