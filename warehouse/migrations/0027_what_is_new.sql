-- What is new, noted in the transaction that brings it, so that nobody has to look for it among what is old.

-- Apps whose reviews, or what was inferred of their texts, are not those that the analysis has seen. A row has a name of
-- its own, so that an analysis takes away those that it has read and no other.
create table core.changed_apps (
    store varchar not null,
    store_app_id varchar not null,
    noted uuid not null default uuid()
);

-- Texts that the model of core.unread_by may not have read, with the app whose reviews bear them (null: feedback). One too
-- many costs a moment, one too few is a fault. A text that has been read, and one that nobody bears any more, goes.
create table core.unread_texts (
    text_hash varchar not null,
    store varchar,
    store_app_id varchar
);

-- One row, once a model has served: the model that core.unread_texts is kept for.
create table core.unread_by (
    model_version varchar not null
);

-- Texts that came to reviews or left them since their languages were told, by the rules of core.undetected_by.
create table core.undetected_texts (
    text_hash varchar not null
);

create table core.undetected_by (
    rules integer not null
);

-- grain: store, store_app_id, place (country or language; '' for none), day (UTC). How many reviews there are, which is all
-- that an analysis has to know of an app without anything new.
create table inferred.review_days (
    store varchar not null,
    store_app_id varchar not null,
    place varchar not null,
    day date not null,
    n bigint not null,
    stars bigint not null,
    last_reviewed_at timestamptz not null
);

-- grain: store, store_app_id, version. Versions that reviews name.
create table inferred.review_versions (
    store varchar not null,
    store_app_id varchar not null,
    version varchar not null,
    n bigint not null,
    first_reviewed_at timestamptz not null
);

-- grain: app, store. What the inferred rows of an app in a store were made of last.
create table inferred.analysed (
    app varchar not null,
    store varchar not null,
    fingerprint varchar not null
);

insert into core.unread_by select model_version from inferred.models where is_serving limit 1;

insert into core.unread_texts
select distinct r.text_hash, r.store, r.store_app_id
from core.reviews r
anti join (from inferred.predictions semi join core.unread_by using (model_version)) p using (text_hash)
where r.text_hash is not null;

insert into core.unread_texts
select distinct f.text_hash, null, null
from core.feedback f
anti join (from inferred.predictions semi join core.unread_by using (model_version)) p using (text_hash)
where f.text_hash is not null;
