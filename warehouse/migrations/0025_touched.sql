-- What changed since the marts were built, noted in the transaction that changes it and taken away by building
-- (warehouse/touched.py). A note too many costs a moment, one too few is a fault: a script that changes reviews, or what is
-- inferred of their texts, notes it here.

-- Days (UTC) of reviews and their earlier states that came, went or changed, as they were before and as they are after.
create table core.touched_days (
    store varchar not null,
    store_app_id varchar not null,
    day date not null
);

-- Texts of which a model or the detection of languages says something else than before.
create table core.touched_texts (
    text_hash varchar not null
);

-- Why everything is to be built anew.
create table core.touched_whole (
    reason varchar not null
);

-- Days of which the marts say something else than the published file, or that no check has seen; taken away by publishing.
create table core.unpublished_days as from core.touched_days limit 0;

-- What else the marts were made of than rows: equal values need no whole build.
alter table core.marts_built add column made_by varchar;

-- One row: the published file that core.unpublished_days is told against, and how it was made.
create table core.published_file (
    revision bigint not null,
    fingerprint varchar not null,
    made_by varchar not null,
    -- the last one that was written as a whole, and what was changed since
    whole_at timestamptz not null,
    increments bigint not null,
    rows_changed bigint not null
);

-- The rows of core and inferred that belong to core.unpublished_days, for the marts, checks and publications that look at
-- these alone; made anew by every build.
create schema part;

-- What the last checks found: a check over days that found something looks at everything again.
create table core.findings (
    name varchar not null,
    count bigint not null
);
