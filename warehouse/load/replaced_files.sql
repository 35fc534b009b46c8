-- How many loaded files the files of these batches stand for.
select coalesce(sum(stands_for), 0)::bigint from core.landing_files
where split_part(path, '/', 2) in (select unnest($batches::varchar[]));
