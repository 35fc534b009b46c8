-- How often does the serving model find a label (a sentiment, a topic), and how often does it give it wrongly, in an app
-- of which no text is labelled? `sensitivity` of the texts with the label, `fall_out` of the others, 0..1, each with the
-- variance of an app's own rate about it. Only languages that are `measured` (model_quality) and labels with ten
-- labelled texts there; by these rates counted shares are corrected (docs/statistics.md).
-- grain: task, language, label
-- nullable: none
create or replace view model_errors as
with tasks as (
    select confusion, unnest(json_keys(confusion)) as task from inferred.models where is_serving
),
spoken as (
    select task, confusion->task as told, unnest(json_keys(confusion->task->'languages')) as language from tasks
),
labelled as (
    select
        task, language,
        unnest((told->'labels')::varchar[]) as label,
        unnest((told->'languages'->language->'rates')::json[]) as rates
    from spoken
    where (told->'languages'->language->'rates') is not null
)
select
    task, language, label,
    (rates->>'n_positive')::bigint as n_positive,
    (rates->>'sensitivity')::double as sensitivity,
    (rates->>'sensitivity_variance')::double as sensitivity_variance,
    (rates->>'fall_out')::double as fall_out,
    (rates->>'fall_out_variance')::double as fall_out_variance
from labelled
where json_type(rates) = 'OBJECT';
