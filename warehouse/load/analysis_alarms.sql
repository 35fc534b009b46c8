-- The alarms of this analysis (`found`) take the place of those of before, and keep when each was first told. One that
-- is not found any more is withdrawn: reviews came late, were changed or erased since.
create or replace temp table told_before as from inferred.alarms;

delete from inferred.alarms;

insert into inferred.alarms by name
select f.* replace (coalesce(t.first_told_at, f.first_told_at) as first_told_at)
from found f
left join told_before t using (app, store, raised, kind);

insert into inferred.alarms by name
select
    * replace (
        coalesce(withdrawn, (getvariable('analysed_at')::timestamptz at time zone 'UTC')::date) as withdrawn,
        case when withdrawn is null then 'reviews_changed' else why end as why
    )
from told_before
anti join found using (app, store, raised, kind);

drop table told_before;
