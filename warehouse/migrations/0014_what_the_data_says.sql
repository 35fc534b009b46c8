-- What the data says of itself, beside what the store was asked for.

-- In which language is the text of a review, by models/text/languages.py? Null where the text does not tell.
-- grain: text_hash
create table inferred.languages (
    text_hash varchar not null,
    language varchar,
    -- LANGUAGE_RULES of those who said so
    rules integer not null
);
