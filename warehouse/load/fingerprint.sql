-- Grows or changes whenever anything that the published tables show changes. What comes in comes in files and
-- predictions are never changed, so counts are enough; the counts of records tell an erasure, and what may
-- be done with feedback is told by what was agreed to. Imports can be taken back, so that another may stand in
-- the place of one: they are named.
select
    -- merged files count as those for which they stand
    (select sum(stands_for)::bigint from core.landing_files) as files,
    (
        select md5(string_agg(distinct concat_ws(chr(31), batch, epoch_us(finished_at)), chr(10)
            order by concat_ws(chr(31), batch, epoch_us(finished_at))))
        from core.coverage where batch like 'import-%' or batch like 'console-ratings-%'
    ) as imports,
    (select count(*) from core.reviews) as reviews,
    (select count(*) from core.feedback) as feedback,
    (select count(*) from core.feedback where may_analyse) as analysed,
    (select count(*) from core.feedback where may_quote) as quoted,
    (
        select md5(string_agg(concat_ws(chr(31), tester, app, cohort, event, wording, may_improve, may_analyse,
            may_quote, may_contact, epoch_us(entered_at)), chr(10)
            order by tester, app, entered_at, event))
        from core.consents
    ) as consents,
    (
        select md5(string_agg(concat_ws(chr(31), tester, app, epoch_us(erased_until), source), chr(10)
            order by tester, app))
        from core.erasures
    ) as erasures,
    (
        select md5(string_agg(c::varchar, chr(10) order by store, store_app_id, review_id)) from core.corrections c
    ) as corrections,
    -- without its clock, as below
    (
        select count(*) from (select distinct tester, app, erased_until from core.erasures_done)
    ) as erasures_done,
    -- what a model says that does not serve yet is shown nowhere
    (
        select count(*) from inferred.predictions
        semi join (from inferred.models where is_serving) using (model_version)
    ) as predictions,
    (
        select count(*) from inferred.topics semi join (from inferred.models where is_serving) using (model_version)
    ) as topics,
    (
        -- without its clock, so that a run that was killed ends with the fingerprint of one that was not
        select md5(string_agg(concat_ws(chr(31), model_version, name, is_serving, figures, confusion), chr(10)
            order by model_version))
        from inferred.models
    ) as models,
    (select concat_ws(' ', count(*), count(language), max(rules)) from inferred.languages) as languages,
    (select md5(string_agg(a::varchar, chr(10) order by store, store_app_id)) from core.app_config a) as apps,
    (select md5(string_agg(t::varchar, chr(10) order by position, topic)) from core.topic_config t) as topic_config,
    (select string_agg(sha256, ',' order by number) from core.migrations) as migrations,
    -- what was inferred from the above, and by which version of the analysis
    (select max(fingerprint) from inferred.analysis) as analysis,
    (select concat_ws(' ', count(*), max(epoch_us(run_at))) from inferred.audit) as audit;
