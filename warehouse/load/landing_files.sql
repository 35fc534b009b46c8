insert into core.landing_files (path, kind, loaded_at, rows, stands_for)
select unnest($files::varchar[]), $kind, $now::timestamptz, unnest($rows::bigint[]), unnest($stands_for::bigint[]);
