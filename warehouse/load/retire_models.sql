-- What models said that serve no more, but for the one that served last ($kept): it may be asked for again.
delete from inferred.topics
where model_version <> $kept and model_version not in (select model_version from inferred.models where is_serving);

delete from inferred.predictions
where model_version <> $kept and model_version not in (select model_version from inferred.models where is_serving);
