-- Begin to gather what several statements read, each of some files: one statement of many files would keep a
-- row group a file and column in memory.
create or replace temp table gathered as from incoming;
