-- Which publication an export was made of.
select schema_version, revision, published_at, fingerprint, model_version from publication;
