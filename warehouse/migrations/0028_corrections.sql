-- What people say that reviews say, in the place of the model's word, as it was landed; the latest correction of a review wins.
-- `text_hash` names the text that was read: of another text it says nothing.
-- grain: store, store_app_id, review_id
create table core.corrections (
    store varchar not null,
    store_app_id varchar not null,
    review_id varchar not null,
    text_hash varchar not null,
    sentiment varchar not null,
    topics varchar[] not null,
    corrected_at timestamptz not null
);
