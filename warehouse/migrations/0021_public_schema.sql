-- The version of the published tables (docs/warehouse.md) beside that of the working file, which bore its name.
alter table core.publication rename column schema_version to migration;
alter table core.publication add column schema_version varchar;
-- what was published before there was one
update core.publication set schema_version = '0.0';
