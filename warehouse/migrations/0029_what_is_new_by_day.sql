-- What is new of an app is noted by day, and what its reviews come to is kept by day, so that an analysis counts the days
-- anew of which something was noted, and no other.

-- The day (UTC) of the reviews that changed, as they were and as they are; null: every day of the app. The table is made
-- anew: DuckDB 1.5 cannot replay, after a kill, a column that was added beside one whose default is a function.
create temp table changed_before as from core.changed_apps;

drop table core.changed_apps;

create table core.changed_apps (
    store varchar not null,
    store_app_id varchar not null,
    noted uuid not null default uuid(),
    day date
);

insert into core.changed_apps (store, store_app_id, noted) select store, store_app_id, noted from changed_before;

drop table changed_before;

-- The day of the reviews that bear the text; null where nobody noted it: then every day of the app.
alter table core.unread_texts add column day date;

-- grain: store, store_app_id, day (UTC), stars (0: none), sentiment (as models.ratings.counts numbers them; -1: not read),
-- topics (bits by position in core.topic_config). What the statistics of reviews are made of.
create table inferred.review_counts (
    store varchar not null,
    store_app_id varchar not null,
    day date not null,
    stars tinyint not null,
    sentiment tinyint not null,
    topics uinteger not null,
    n bigint not null
);

-- One row, once there are counts: the model and the topics that they were counted by.
create table inferred.review_counts_by (
    made_by varchar not null
);

-- grain: store, store_app_id, version, day (UTC), stars (0: none). Reviews that name a version.
create table inferred.review_version_days (
    store varchar not null,
    store_app_id varchar not null,
    version varchar not null,
    day date not null,
    stars tinyint not null,
    n bigint not null,
    first_reviewed_at timestamptz not null
);

-- What every row of an app in a store was made by, whatever its reviews are: settings, code, topics, model.
alter table inferred.analysed add column made_by varchar;

-- What the watch of its releases was made of besides its reviews: releases and gaps.
alter table inferred.analysed add column watched varchar;

-- Nothing is counted by day yet: all apps are, once.
delete from inferred.review_days;
