-- How many reviews are in `part`; none before it has been made.
select coalesce(max(estimated_size), 0) from duckdb_tables()
where database_name = current_database() and schema_name = 'part' and table_name = 'reviews';
