-- Keep what is known of a model: of the one that serves ($serving), or of one that reads history and does not serve yet.
merge into inferred.models as known
using (
    select $version as model_version, $name as name, $figures::json as figures, $now::timestamptz as now,
        $confusion::json as confusion, $serving::boolean as serving
) as m
on known.model_version = m.model_version
when matched then update set
    is_serving = known.is_serving or m.serving, name = m.name, figures = m.figures, confusion = m.confusion
when not matched then insert (model_version, name, figures, first_used_at, is_serving, confusion)
    values (m.model_version, m.name, m.figures, m.now, m.serving, m.confusion);
