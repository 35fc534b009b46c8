insert into core.landing_files (path, kind, loaded_at)
select unnest($files::varchar[]), $kind, $now::timestamptz;
