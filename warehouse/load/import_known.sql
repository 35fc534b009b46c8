-- The reviews of the publication that is attached as `published`, as import_counts.sql compares them.
create temp table known as
select
    store, store_app_id, review_id, rating,
    hash(coalesce(title, ''), coalesce(text, '')) as words, hash(coalesce(text, '')) as text_words
from published.reviews;
