-- Which snapshot of the lake a publication was made from; null where the tables lie in the working file.
alter table core.publication add column lake_snapshot bigint;
alter table inferred.publications add column lake_snapshot bigint;
