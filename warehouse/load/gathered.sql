-- What was gathered is what came in.
drop table incoming;
alter table gathered rename to incoming;
