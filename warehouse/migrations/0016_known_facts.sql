-- When each fact that a source may not give was last given, so that a source without it takes nothing back: a later dump
-- without a column for versions says nothing of the version. Null: no source has given it.
alter table core.reviews add column title_seen_at timestamptz;
alter table core.reviews add column language_seen_at timestamptz;
alter table core.reviews add column country_seen_at timestamptz;
alter table core.reviews add column version_seen_at timestamptz;
alter table core.reviews add column thumbs_up_seen_at timestamptz;
alter table core.reviews add column reply_seen_at timestamptz;
alter table core.reviews add column device_seen_at timestamptz;
alter table core.review_history add column title_seen_at timestamptz;
alter table core.review_history add column language_seen_at timestamptz;
alter table core.review_history add column country_seen_at timestamptz;
alter table core.review_history add column version_seen_at timestamptz;
alter table core.review_history add column thumbs_up_seen_at timestamptz;
alter table core.review_history add column reply_seen_at timestamptz;
alter table core.review_history add column device_seen_at timestamptz;
alter table if exists core.review_duplicates add column title_seen_at timestamptz;
alter table if exists core.review_duplicates add column language_seen_at timestamptz;
alter table if exists core.review_duplicates add column country_seen_at timestamptz;
alter table if exists core.review_duplicates add column version_seen_at timestamptz;
alter table if exists core.review_duplicates add column thumbs_up_seen_at timestamptz;
alter table if exists core.review_duplicates add column reply_seen_at timestamptz;
alter table if exists core.review_duplicates add column device_seen_at timestamptz;

-- What was loaded before was told by the newest sighting; what it lacks nobody is known to have given.
update core.reviews set
    language_seen_at = case when language is not null then last_seen_at end,
    country_seen_at = case when country is not null then last_seen_at end,
    version_seen_at = case when version is not null then last_seen_at end,
    thumbs_up_seen_at = case when thumbs_up is not null then last_seen_at end,
    device_seen_at = case when device is not null then last_seen_at end,
    title_seen_at = last_seen_at,
    reply_seen_at = last_seen_at;
update core.review_history set
    language_seen_at = case when language is not null then last_seen_at end,
    country_seen_at = case when country is not null then last_seen_at end,
    version_seen_at = case when version is not null then last_seen_at end,
    thumbs_up_seen_at = case when thumbs_up is not null then last_seen_at end,
    device_seen_at = case when device is not null then last_seen_at end,
    title_seen_at = last_seen_at,
    reply_seen_at = last_seen_at;
update core.review_duplicates set
    language_seen_at = case when language is not null then last_seen_at end,
    country_seen_at = case when country is not null then last_seen_at end,
    version_seen_at = case when version is not null then last_seen_at end,
    thumbs_up_seen_at = case when thumbs_up is not null then last_seen_at end,
    device_seen_at = case when device is not null then last_seen_at end,
    title_seen_at = last_seen_at,
    reply_seen_at = last_seen_at;
