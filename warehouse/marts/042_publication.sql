-- Which publication is this file, and what was it made of? Cite a number with `revision` and `published_at`:
-- `hoshiyomi path --as-of` finds the file again.
-- grain: revision
-- nullable: code_version, duckdb_version, config_fingerprint, topics_fingerprint, model_version, n_batches, n_apps,
-- nullable: n_reviews, reviewed_from, reviewed_until, n_requests, n_requests_complete, covered_until, lake_snapshot
create or replace view publication as
select
    revision, published_at, code_version, schema_version, migration, duckdb_version, fingerprint, config_fingerprint,
    topics_fingerprint, model_version, landing_files, n_batches, n_apps, n_reviews, reviewed_from, reviewed_until,
    n_requests, n_requests_complete, covered_until, lake_snapshot
from core.publication;
