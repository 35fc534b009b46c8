-- Merge landed tombstones: one a tester and app, the latest holds.
create or replace temp table incoming as
select * exclude ("at"), "at" as erased_until from read_json(
    $files,
    format = 'newline_delimited',
    compression = 'gzip',
    columns = {tester: 'VARCHAR', app: 'VARCHAR', "at": 'TIMESTAMPTZ', source: 'VARCHAR'}
);

insert into incoming by name
select e.* from core.erasures e
semi join incoming i on e.tester = i.tester and e.app is not distinct from i.app;

delete from core.erasures using incoming i
where erasures.tester = i.tester and erasures.app is not distinct from i.app;

insert into core.erasures by name
select * from incoming
qualify row_number() over (partition by tester, app order by erased_until desc, source) = 1;

drop table incoming;
