-- Nothing is published yet.
create temp table known (
    store varchar, store_app_id varchar, review_id varchar, rating tinyint, words ubigint,
    text_words ubigint
);
