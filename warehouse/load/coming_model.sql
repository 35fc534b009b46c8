-- Keep what is known of a model that reads history and does not serve yet.
merge into inferred.models as known
using (
    select $version as model_version, $name as name, $figures::json as figures, $now::timestamptz as now,
        $confusion::json as confusion
) as m
on known.model_version = m.model_version
when matched then update set name = m.name, figures = m.figures, confusion = m.confusion
when not matched then insert (model_version, name, figures, first_used_at, is_serving, confusion)
    values (m.model_version, m.name, m.figures, m.now, false, m.confusion);
