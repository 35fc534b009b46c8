-- What the stage `analyse` found: replaced as a whole by every analysis whose inputs changed. An app is named as
-- the marts name it, so that these tables can be published as they are.

-- One row: what the tables below were made of.
create table inferred.analysis (
    fingerprint varchar not null,
    analysed_at timestamptz not null
);

-- grain: app, store, series, period_start
create table inferred.rating_series (
    app varchar not null,
    store varchar not null,
    -- 'A' displayed, 'B' mean review rating, 'C' Play Console, 'D' implied by two snapshots
    series varchar not null,
    grain varchar not null,
    period_start date not null,
    period_end date not null,
    n bigint,
    value double,
    low double,
    high double,
    shrunk double,
    is_small_n boolean not null,
    is_valid boolean not null,
    note varchar
);

-- grain: app, store, happened_at, kind, label, source
create table inferred.series_events (
    app varchar not null,
    store varchar not null,
    happened_at timestamptz not null,
    until timestamptz,
    kind varchar not null,
    label varchar not null,
    source varchar not null
);

-- grain: app, store, series, changed_on
create table inferred.change_points (
    app varchar not null,
    store varchar not null,
    series varchar not null,
    changed_on date not null,
    low_on date not null,
    high_on date not null,
    size double not null,
    low double,
    high double,
    value_before double not null,
    value_after double not null,
    n_before bigint,
    n_after bigint,
    p_value double,
    nearest_release varchar,
    release_distance_days integer
);

-- grain: app, store, release_version, measure
create table inferred.release_impact (
    app varchar not null,
    store varchar not null,
    release_version varchar not null,
    released_at timestamptz not null,
    measure varchar not null,
    effect double,
    low double,
    high double,
    n_before bigint not null,
    n_after bigint not null,
    before_from date not null,
    before_until date not null,
    after_from date not null,
    after_until date not null,
    value_before double,
    value_after double,
    -- standard deviation of what the measure moves between two such windows without a release
    usual double,
    p_value double,
    q_value double,
    -- where the level moved this way within the windows, but not near the release: the date on which it did
    moved_on date,
    verdict varchar not null,
    overlapping_releases varchar[] not null,
    confounders varchar[] not null
);

-- grain: app, store, comparison
create table inferred.driver_comparisons (
    app varchar not null,
    store varchar not null,
    comparison varchar not null,
    before_from date not null,
    before_until date not null,
    after_from date not null,
    after_until date not null,
    mean_before double not null,
    mean_after double not null,
    change double not null,
    low double not null,
    high double not null,
    n_before bigint not null,
    n_after bigint not null
);

-- grain: app, store, comparison, topic
create table inferred.drivers (
    app varchar not null,
    store varchar not null,
    comparison varchar not null,
    topic varchar not null,
    before_from date not null,
    before_until date not null,
    after_from date not null,
    after_until date not null,
    share_before double not null,
    share_after double not null,
    tone_before double,
    tone_after double,
    share_effect double not null,
    tone_effect double not null,
    total_effect double not null,
    low double not null,
    high double not null,
    n_before bigint not null,
    n_after bigint not null,
    -- ids of reviews, the best example first
    examples varchar[] not null
);

-- grain: app, store, topic
create table inferred.fix_first (
    app varchar not null,
    store varchar not null,
    topic varchar not null,
    rank integer not null,
    n_complaints bigint not null,
    share_complaints double,
    mean_with double,
    mean_without double,
    gain double,
    low double,
    high double,
    gain_if_alone double,
    gain_if_all double,
    n bigint not null,
    window_from date not null,
    window_until date not null,
    verdict varchar not null
);

-- grain: app, store, period_start, lens
create table inferred.tradeoffs (
    app varchar not null,
    store varchar not null,
    period_start date not null,
    lens varchar not null,
    n bigint not null,
    n_all bigint not null,
    share double,
    mean_stars double,
    low double,
    high double,
    share_negative double,
    is_small_n boolean not null
);

-- grain: app, store, topic, day, measure
create table inferred.anomalies (
    app varchar not null,
    store varchar not null,
    topic varchar not null,
    day date not null,
    measure varchar not null,
    observed double not null,
    expected double not null,
    low double not null,
    high double not null,
    p_value double not null,
    p_adjusted double not null,
    is_alarm boolean not null,
    threshold double not null,
    n bigint not null
);

-- grain: app, store, release_version, cohort
create table inferred.alpha_foretold (
    app varchar not null,
    store varchar not null,
    release_version varchar not null,
    released_at timestamptz not null,
    cohort varchar,
    n_alpha bigint not null,
    n_testers bigint not null,
    n_before bigint not null,
    n_after bigint not null,
    n_topics bigint not null,
    rank_correlation double,
    low double,
    high double,
    hit_rate double,
    hit_low double,
    hit_high double,
    verdict varchar not null
);

-- grain: app, store, release_version, topic
create table inferred.alpha_topics (
    app varchar not null,
    store varchar not null,
    release_version varchar not null,
    topic varchar not null,
    n_alpha bigint not null,
    share_alpha double,
    alpha_low double,
    alpha_high double,
    n_before bigint not null,
    n_after bigint not null,
    share_before double,
    share_after double,
    change double,
    change_low double,
    change_high double,
    named_by_alpha boolean not null,
    rose_after boolean not null,
    verdict varchar not null
);

-- grain: run_at, test, measure, n, effect. What `hoshiyomi analyse --audit` measured; every run is kept.
create table inferred.audit (
    run_at timestamptz not null,
    seed bigint not null,
    test varchar not null,
    measure varchar not null,
    n bigint,
    effect double not null,
    trials bigint not null,
    hits bigint not null,
    rate double not null,
    low double not null,
    high double not null,
    target varchar not null,
    passes boolean,
    seconds double not null
);
