-- Ingested tables. No index and no primary key: MERGE by hash join is faster than an ART index at
-- ten million rows, and the grain is proved by a check after every run (warehouse/checks).

create schema inferred;

-- Landing files that have been taken in. A file is immutable, so its name is enough.
create table core.landing_files (
    path varchar not null,
    kind varchar not null,
    loaded_at timestamptz not null
);

-- grain: store, store_app_id, review_id. The newest sighting of each review.
create table core.reviews (
    store varchar not null,
    store_app_id varchar not null,
    review_id varchar not null,
    source varchar not null,
    rating tinyint,
    title varchar,
    text varchar,
    reviewed_at timestamptz not null,
    language varchar,
    country varchar,
    version varchar,
    thumbs_up integer,
    reply varchar,
    replied_at timestamptz,
    redactions integer not null,
    is_sample boolean not null,
    -- names the text that the model reads; null where there is nothing to read
    text_hash varchar,
    first_seen_at timestamptz not null,
    last_seen_at timestamptz not null,
    -- the landing batch that brought this state first
    first_batch varchar not null
);

-- grain: store, store_app_id, review_id, rating, title, text (null and '' are one). States a review had
-- before (or, when an older dump arrives late, states that were seen earlier than the current one).
-- Two sightings with one content, that is stars, title and text, are one state.
create table core.review_history as from core.reviews limit 0;

-- grain: store, store_app_id, country, language, observed_at
create table core.rating_snapshots (
    store varchar not null,
    store_app_id varchar not null,
    source varchar not null,
    observed_at timestamptz not null,
    observed_at_basis varchar not null,
    displayed_score double,
    ratings_count bigint,
    reviews_count bigint,
    stars_1 bigint,
    stars_2 bigint,
    stars_3 bigint,
    stars_4 bigint,
    stars_5 bigint,
    histogram_is_reweighted boolean not null,
    installs bigint,
    version varchar,
    country varchar,
    language varchar,
    title varchar,
    is_sample boolean not null,
    seen_at timestamptz not null
);

-- grain: store, store_app_id, version. The earliest date wins, the newest notes win.
create table core.releases (
    store varchar not null,
    store_app_id varchar not null,
    version varchar not null,
    source varchar not null,
    released_at timestamptz not null,
    notes varchar,
    notes_language varchar,
    is_sample boolean not null,
    seen_at timestamptz not null
);

-- grain: feedback_id
create table core.feedback (
    feedback_id varchar not null,
    app varchar not null,
    cohort varchar not null,
    tester varchar not null,
    source varchar not null,
    rating tinyint,
    text varchar,
    submitted_at timestamptz not null,
    language varchar,
    version varchar,
    screen varchar,
    consent_version varchar not null,
    may_analyse boolean not null,
    may_quote boolean not null,
    redactions integer not null,
    is_sample boolean not null,
    -- null without the consent to analyse: such a text cannot be joined to a prediction
    text_hash varchar,
    seen_at timestamptz not null
);

-- grain: batch, asked_for, store, store_app_id, language, country
create table core.coverage (
    batch varchar not null,
    run_id varchar not null,
    source varchar not null,
    asked_for varchar not null,
    store varchar not null,
    store_app_id varchar not null,
    language varchar,
    country varchar,
    asked_since timestamptz,
    started_at timestamptz not null,
    finished_at timestamptz not null,
    covered_until timestamptz,
    pages integer not null,
    got bigint not null,
    rejected bigint not null,
    outcome varchar not null,
    reason varchar not null,
    detail varchar,
    is_sample boolean not null
);

-- grain: batch, row_number, field, reason
create table core.rejected_rows (
    batch varchar not null,
    source varchar not null,
    file varchar not null,
    row_number bigint not null,
    field varchar,
    reason varchar not null,
    remedy varchar not null,
    excerpt varchar
);

-- grain: store, store_app_id. Every app of which anything was ever landed.
create table core.app_stores (
    store varchar not null,
    store_app_id varchar not null,
    is_sample boolean not null
);

-- grain: store, store_app_id. What apps.toml says, replaced by every run.
create table core.app_config (
    app varchar not null,
    name varchar not null,
    owner varchar,
    store varchar not null,
    store_app_id varchar not null
);

-- grain: topic. What topics.toml says, replaced by every run.
create table core.topic_config (
    position integer not null,
    topic varchar not null,
    label_en varchar not null,
    label_ja varchar not null,
    lens varchar not null,
    owner varchar
);

-- grain: text_hash, model_version
create table inferred.predictions (
    text_hash varchar not null,
    model_version varchar not null,
    sentiment varchar not null,
    p_negative float not null,
    p_neutral float not null,
    p_positive float not null,
    predicted_at timestamptz not null
);

-- grain: text_hash, model_version, topic. Only topics above the model's threshold.
create table inferred.topics (
    text_hash varchar not null,
    model_version varchar not null,
    topic varchar not null,
    score float not null
);

-- grain: model_version
create table inferred.models (
    model_version varchar not null,
    name varchar not null,
    figures json,
    first_used_at timestamptz not null,
    is_serving boolean not null
);

-- One row: what the next publication will be.
create table core.publication (
    revision bigint not null,
    -- names everything the published tables are made of; equal fingerprints need no new publication
    fingerprint varchar not null,
    published_at timestamptz not null,
    landing_files bigint not null,
    model_version varchar,
    schema_version integer not null
);

-- One row: what the marts were built from last, so that stale marts are never published as new ones.
create table core.marts_built (
    fingerprint varchar not null
);
