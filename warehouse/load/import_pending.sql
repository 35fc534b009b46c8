-- Reviews of $files, landed since the publication.
insert into known
select
    store, store_app_id, review_id, rating,
    hash(coalesce(title, ''), coalesce(text, '')) as words, hash(coalesce(text, '')) as text_words
from read_json(
    $files, format = 'newline_delimited', compression = 'gzip', columns = {
        store: 'VARCHAR', store_app_id: 'VARCHAR', review_id: 'VARCHAR', rating: 'TINYINT', title: 'VARCHAR',
        text: 'VARCHAR'
    }
);
