-- What methods that go day by day knew at the end of a day, so that an analysis goes on from there where nothing has changed
-- up to it. grain: app, store, method. `inputs` names all that the state was made of: another name, and it is not used.
create table inferred.kept_states (
    app varchar not null,
    store varchar not null,
    method varchar not null,
    day date not null,
    inputs varchar not null,
    numbers blob not null,
    said varchar not null
);
