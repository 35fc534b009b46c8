-- How often does the serving model find a label (a sentiment, a topic), and how often does it give it wrongly? In an app of
-- which no text is labelled (`app` is null), or in one of which `hoshiyomi evaluate --app` read some. `sensitivity` of the texts with
-- the label, `fall_out` of the others, 0..1, each with the variance of an app's own rate about it. Only languages that are
-- `measured` (model_quality) or labelled by you, and labels with ten labelled texts there; by these rates counted shares
-- are corrected (docs/statistics.md).
-- grain: task, language, label, app
-- nullable: app
create or replace view model_errors as
with tasks as (
    select confusion, unnest(json_keys(confusion)) as task from inferred.models where is_serving
),
spoken as (
    select task, confusion->task as told, unnest(json_keys(confusion->task->'languages')) as language from tasks
),
general as (
    select
        task, language, null::varchar as app, (told->'labels')::varchar[] as labels,
        (told->'languages'->language->'rates')::json[] as rates
    from spoken
    where (told->'languages'->language->'rates') is not null
),
owners as (
    select task, language, told, unnest(json_keys(told->'languages'->language->'own')) as app
    from spoken
    where (told->'languages'->language->'own') is not null
),
own as (
    select
        task, language, app, (told->'labels')::varchar[] as labels,
        (told->'languages'->language->'own'->app)::json[] as rates
    from owners
),
labelled as (
    select task, language, app, unnest(labels) as label, unnest(rates) as rates
    from (from general union all from own)
)
select
    task, language, label, app,
    (rates->>'n_positive')::bigint as n_positive,
    (rates->>'sensitivity')::double as sensitivity,
    (rates->>'sensitivity_variance')::double as sensitivity_variance,
    (rates->>'fall_out')::double as fall_out,
    (rates->>'fall_out_variance')::double as fall_out_variance
from labelled
where json_type(rates) = 'OBJECT';
