-- Alarms on stars and the watch of releases (docs/statistics.md). Both are told as of each day, by the days before it.

-- One row for each alarm that was ever raised; none is deleted. One that a later analysis does not raise any more, since
-- reviews came late or were changed, or by other settings, is withdrawn with why = 'recounted'.
create table inferred.alarms (
    app varchar not null,
    store varchar not null,
    -- 'worse' or 'better'
    kind varchar not null,
    -- 'mean_stars' or 'share_one_star': what says so most strongly
    measure varchar not null,
    raised date not null,
    -- the most likely day on which the level moved, and between which days it did
    began date not null,
    began_low date not null,
    began_high date not null,
    confirmed date,
    ended date,
    withdrawn date,
    -- 'moved_again', 'became_usual' (ended); 'disagreed', 'not_confirmed', 'recounted' (withdrawn)
    why varchar,
    value_before double not null,
    value_after double not null,
    change double not null,
    low double not null,
    high double not null,
    n_before bigint not null,
    n_after bigint not null,
    evidence double not null,
    -- what `evidence` had to reach, by the rate of false alarms that was set
    bound double not null,
    -- the analysis that told of it first
    first_told_at timestamptz not null
);

-- One row for each release and day on which it was watched.
create table inferred.release_watch (
    app varchar not null,
    store varchar not null,
    release_version varchar not null,
    released_at timestamptz not null,
    day date not null,
    -- versions that the release is compared with, the newest first
    last_versions varchar[] not null,
    verdict varchar not null,
    told_on date,
    -- 'date', 'version' or 'both'; null without a verdict
    rests_on varchar,
    is_withdrawn boolean not null,
    direction varchar not null,
    evidence double not null,
    needed double not null,
    evidence_by_date double,
    evidence_by_version double,
    effect double,
    low double,
    high double,
    n_before bigint not null,
    n_after bigint not null,
    n_last bigint not null,
    n_version bigint not null,
    share_versionless double
);
