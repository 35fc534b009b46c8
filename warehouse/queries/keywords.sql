-- The words of DuckDB's SQL, and the names of its functions.
select keyword_name as word from duckdb_keywords() where keyword_category <> 'unreserved'
union
select function_name from duckdb_functions()
where internal and regexp_matches(function_name, '^[a-z][a-z0-9_]{2,}$') and function_type <> 'pragma'
order by word;
