-- The states of the apps and stores that were analysed; one that is what it was stays unwritten.
delete from inferred.kept_states t
using replaced r
where r.app = t.app and r.store = t.store and not exists (
    from found f
    where f.app = t.app and f.store = t.store and f.method = t.method
        and f.day = t.day and f.inputs = t.inputs and f.numbers = t.numbers and f.said = t.said
);

insert into inferred.kept_states by name
select f.* from found f anti join inferred.kept_states t using (app, store, method);
