-- Mark the loaded files that are gone from the landing folder, since when, and those that came back.
update core.landing_files
set missing_since = case
    when path in (select unnest($missing::varchar[])) then coalesce(missing_since, $now::timestamptz)
end
where missing_since is not null or path in (select unnest($missing::varchar[]));
