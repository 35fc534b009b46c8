-- What the data says of itself, beside what the store was asked for.

-- In which language is the text of a review, by models/text/languages.py? Null where the text does not tell.
-- grain: text_hash
create table inferred.languages (
    text_hash varchar not null,
    language varchar,
    -- LANGUAGE_RULES of those who said so
    rules integer not null
);

-- Whether what stands for a version names none: Google Play writes "Varies with device" in each of its languages, and
-- scrapers make a word of it. They have no digit, and of 51,663 versions that reviews of two dumps name each has one.
-- A change here changes which releases there are, so it is a migration; the published twin is in macros/scope.sql.
create macro core.is_placeholder_version(version) as not regexp_matches(version, '\p{Nd}');

-- It is no release; load/releases.sql lets no other in.
delete from core.releases where core.is_placeholder_version(version);

-- How many of `redactions` are in the reply; null where they were not counted apart.
alter table core.reviews add column redactions_reply integer;
alter table core.review_history add column redactions_reply integer;
alter table if exists core.review_duplicates add column redactions_reply integer;

-- The device that a review was written on, and what a store's page says of the app beside its score.
alter table core.reviews add column device varchar;
alter table core.review_history add column device varchar;
alter table if exists core.review_duplicates add column device varchar;
alter table core.rating_snapshots add column category varchar;
alter table core.rating_snapshots add column developer varchar;

-- Last: DuckDB commits no transaction that alters a table after it has updated it.
update core.reviews set redactions_reply = 0 where redactions = 0 or reply is null;
update core.review_history set redactions_reply = 0 where redactions = 0 or reply is null;
