-- The columns of $table with types and meaning; of all tables where it is null.
select table_name, column_name, data_type, is_nullable, comment
from duckdb_columns()
where schema_name = 'main' and not internal and ($table::varchar is null or table_name = $table::varchar)
order by table_name, column_index;
