"""The only room that opens DuckDB: records, landing files, migrations, marts, checks, publishing."""
