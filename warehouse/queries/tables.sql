-- Which tables this publication has, with their columns and rows: an older one may lack those that came later.
select c.table_name, list(c.column_name order by c.column_index) as columns, any_value(t.estimated_size) as n_rows
from duckdb_columns() c
left join duckdb_tables() t on t.table_oid = c.table_oid and t.database_oid = c.database_oid
where c.schema_name = 'main' and not c.internal
group by c.table_name order by c.table_name;
