-- Which tables this publication has, with their columns: an older one may lack those that came later.
select c.table_name, list(c.column_name order by c.column_index) as columns
from duckdb_columns() c
where c.schema_name = 'main' and not c.internal and c.database_name = current_catalog()
group by c.table_name order by c.table_name;
