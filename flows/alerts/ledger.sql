-- What was found, what was told to whom, and what became of each try. Times are UTC as ISO texts.
create table if not exists signals (
    key text primary key,
    incident text not null,
    body text not null,
    seen_at text not null
) strict;
create index if not exists signals_of_incident on signals (incident);
-- How a signal stood when a channel was told of it.
create table if not exists told (
    channel text not null,
    key text not null,
    incident text not null,
    state text not null,
    size real not null,
    told_at text not null,
    primary key (channel, key)
) strict;
-- A message, once for each channel. `payload` is emptied when it was delivered: a receipt holds nobody's words.
create table if not exists messages (
    id text primary key,
    channel text not null,
    purpose text not null,
    incidents text not null,
    step text not null,
    title text not null,
    payload text,
    status text not null check (status in ('waiting', 'delivered', 'dropped')),
    made_at text not null,
    ended_at text
) strict;
create index if not exists messages_that_wait on messages (channel) where status = 'waiting';
create table if not exists receipts (
    message text not null references messages (id),
    channel text not null,
    at text not null,
    is_delivered integer not null,
    detail text,
    seconds real not null
) strict;
create index if not exists receipts_by_time on receipts (channel, at);
create table if not exists channels (
    name text primary key,
    since text not null,
    digest_at text,
    failing_since text,
    failed_in_a_row integer not null default 0,
    next_try_at text,
    detail text
) strict;
-- What was found at the last look that nobody could be told.
create table if not exists unreached (what text primary key, at text not null) strict;
