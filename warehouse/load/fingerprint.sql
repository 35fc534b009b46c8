-- Grows or changes whenever anything that the published tables show changes. Landing files are immutable
-- and predictions are never changed, so counts are enough; the two counts of records tell an erasure.
select
    (select count(*) from core.landing_files) as files,
    (select count(*) from core.reviews) as reviews,
    (select count(*) from core.feedback) as feedback,
    (select count(*) from inferred.predictions) as predictions,
    (select count(*) from inferred.topics) as topics,
    (
        -- without its clock, so that a run that was killed ends with the fingerprint of one that was not
        select md5(string_agg(concat_ws(chr(31), model_version, name, is_serving, figures), chr(10)
            order by model_version))
        from inferred.models
    ) as models,
    (select md5(string_agg(a::varchar, chr(10) order by store, store_app_id)) from core.app_config a) as apps,
    (select md5(string_agg(t::varchar, chr(10) order by position, topic)) from core.topic_config t) as topic_config,
    (select string_agg(sha256, ',' order by number) from core.migrations) as migrations;
