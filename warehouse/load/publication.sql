insert into core.publication (revision, fingerprint, published_at, model_version, schema_version)
select
    $revision,
    $fingerprint,
    $now,
    (select any_value(model_version) from inferred.models where is_serving),
    (select max(number) from core.migrations);
