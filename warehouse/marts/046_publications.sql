-- Which publications were ever made, and of what? This one is among them; of the others those that are kept can be
-- opened with `hoshiyomi path --as-of`.
-- grain: revision
-- order: revision
-- nullable: code_version, duckdb_version, config_fingerprint, topics_fingerprint, model_version, n_batches, n_apps,
-- nullable: n_reviews, reviewed_from, reviewed_until, n_requests, n_requests_complete, covered_until, lake_snapshot
create or replace view publications as
select
    revision, published_at, code_version, schema_version, migration, duckdb_version, fingerprint, config_fingerprint,
    topics_fingerprint, model_version, landing_files, n_batches, n_apps, n_reviews, reviewed_from, reviewed_until,
    n_requests, n_requests_complete, covered_until, lake_snapshot
from inferred.publications;
