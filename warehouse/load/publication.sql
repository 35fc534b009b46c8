-- What the next publication is and what it is made of; merged landing files count as those for which they stand.
insert into core.publication by name
with newest_requests as (
    select outcome, covered_until, store, store_app_id, asked_for from core.coverage
    qualify row_number() over (
        partition by source, asked_for, store, store_app_id, language, country order by finished_at desc, batch desc
    ) = 1
),
-- an app is covered as far as the one of its requests for reviews that knows most
covered as (
    select max(covered_until) as covered_until
    from newest_requests where asked_for = 'reviews' group by store, store_app_id
)
select
    $revision as revision,
    $now::timestamptz as published_at,
    $code_version as code_version,
    $schema_version as schema_version,
    (select max(number) from core.migrations) as migration,
    version() as duckdb_version,
    $fingerprint as fingerprint,
    $config_fingerprint as config_fingerprint,
    (
        select md5(coalesce(string_agg(t::varchar, chr(10) order by position, topic), '')) from core.topic_config t
    ) as topics_fingerprint,
    (select any_value(model_version) from inferred.models where is_serving) as model_version,
    (select coalesce(sum(stands_for), 0)::bigint from core.landing_files) as landing_files,
    (select count(distinct batch) from core.coverage) as n_batches,
    (select count(*) from core.app_stores) as n_apps,
    (select count(*) from core.reviews) as n_reviews,
    (select min(reviewed_at) from core.reviews) as reviewed_from,
    (select max(reviewed_at) from core.reviews) as reviewed_until,
    (select count(*) from newest_requests) as n_requests,
    (select count(*) from newest_requests where outcome = 'complete') as n_requests_complete,
    (select min(covered_until) from covered) as covered_until,
    $lake_snapshot::bigint as lake_snapshot;

delete from inferred.publications where revision = $revision;

insert into inferred.publications by name from core.publication;
