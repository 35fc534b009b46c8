-- grain: store, store_app_id, day. Series C, from Play Console's exports; the newest export wins.
create table core.daily_ratings (
    store varchar not null,
    store_app_id varchar not null,
    day date not null,
    source varchar not null,
    daily_average double,
    total_average double,
    seen_at timestamptz not null
);
