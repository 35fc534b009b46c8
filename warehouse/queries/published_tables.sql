-- The published tables with what they answer, for people and programs that meet the file for the first time.
select table_name, estimated_size as n_rows, comment
from duckdb_tables() where schema_name = 'main' and not internal order by table_name;
