-- The register of invitations, made where it is missing; it holds no name, no address and no code.
create table if not exists cohorts (
    app text not null, cohort text not null, opens_at text not null, closes_at text not null,
    primary key (app, cohort)
) strict;
create table if not exists invitations (
    token_hash text primary key, tester text not null, app text not null, cohort text not null,
    made_at text not null, revoked_at text,
    foreign key (app, cohort) references cohorts
) strict;
create index if not exists invitations_by_tester on invitations (tester);
