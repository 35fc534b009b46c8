-- What a publication was made of, so that a number that somebody cited can be traced and made again.

-- the version of Hoshiyomi, with the commit where it runs from a checkout
alter table core.publication add column code_version varchar;
alter table core.publication add column duckdb_version varchar;
-- apps.toml, topics.toml, events.toml and hoshiyomi.toml together
alter table core.publication add column config_fingerprint varchar;
alter table core.publication add column topics_fingerprint varchar;
alter table core.publication add column n_batches bigint;
alter table core.publication add column n_apps bigint;
alter table core.publication add column n_reviews bigint;
alter table core.publication add column reviewed_from timestamptz;
alter table core.publication add column reviewed_until timestamptz;
alter table core.publication add column n_requests bigint;
alter table core.publication add column n_requests_complete bigint;
alter table core.publication add column covered_until timestamptz;

-- grain: revision. Every publication that was made, the next one among them; it grows from run to run.
create table inferred.publications as from core.publication;
