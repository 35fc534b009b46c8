-- The published macros with their parameters and meaning.
select distinct function_name, parameters, function_type = 'table_macro' as is_table, comment
from duckdb_functions() where not internal and function_type in ('macro', 'table_macro') order by function_name;
