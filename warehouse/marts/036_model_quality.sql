-- How well is it known what the serving model gets wrong, language by language? `status`: `measured` (on held-out texts of apps
-- that it never saw, and better than TF-IDF), `no_better_than_tfidf` (measured, and no gain over counting words), or
-- `not_measured` (nobody knows). A model of the Hub has no row: nothing of it is measured. F1 with its 95 % interval:
-- macro of sentiments, micro of topics.
-- grain: task, language
-- nullable: f1, low, high
create or replace view model_quality as
with tasks as (
    select confusion, unnest(json_keys(confusion)) as task from inferred.models where is_serving
),
named as (
    select task, confusion->task->'languages' as languages,
        unnest(json_keys(confusion->task->'languages')) as language
    from tasks
)
select
    task, language,
    languages->language->>'status' as status,
    coalesce((languages->language->>'texts')::bigint, 0) as n_texts,
    coalesce(json_array_length(languages->language->'apps')::bigint, 0) as n_apps,
    (languages->language->>'f1')::double as f1,
    (languages->language->>'low')::double as low,
    (languages->language->>'high')::double as high
from named;
