-- What the ledger of loaded files knows of each: so that coverage can be held against rows, a file that has
-- vanished from landing is noticed, and merging small files counts as nothing new.

-- Rows as they were landed, before any erasure; null for files that were loaded before this was counted.
alter table core.landing_files add column rows bigint;
-- How many files were merged into this one (warehouse/compaction.py).
alter table core.landing_files add column stands_for bigint default 1;
-- Since which load the file is missing from the landing folder: the tables hold its rows, a rebuild would not.
alter table core.landing_files add column missing_since timestamptz;
