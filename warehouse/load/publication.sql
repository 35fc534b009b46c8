insert into core.publication
    (revision, fingerprint, published_at, landing_files, model_version, schema_version, migration)
select
    $revision,
    $fingerprint,
    $now::timestamptz,
    -- merged files count as those for which they stand
    (select coalesce(sum(stands_for), 0)::bigint from core.landing_files),
    (select any_value(model_version) from inferred.models where is_serving),
    $schema_version,
    (select max(number) from core.migrations);
