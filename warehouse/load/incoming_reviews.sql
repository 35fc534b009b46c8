-- Read landed reviews from $files into temp table `incoming_reviews`, hashed.
create or replace temp table incoming_reviews as
with landed as (
    select * exclude (filename, seen_at),
        seen_at as first_seen_at,
        seen_at as last_seen_at,
        -- landing/<kind>/<batch>/<part>.jsonl.gz
        parse_path(filename)[-2] as first_batch,
        core.model_text(title, text) as model_text
    from read_json(
        $files,
        format = 'newline_delimited',
        compression = 'gzip',
        filename = true,
        columns = {
            store: 'VARCHAR', store_app_id: 'VARCHAR', review_id: 'VARCHAR', source: 'VARCHAR',
            rating: 'TINYINT', title: 'VARCHAR', text: 'VARCHAR', reviewed_at: 'TIMESTAMPTZ',
            seen_at: 'TIMESTAMPTZ', language: 'VARCHAR', country: 'VARCHAR', version: 'VARCHAR',
            thumbs_up: 'INTEGER', reply: 'VARCHAR', replied_at: 'TIMESTAMPTZ',
            redactions: 'INTEGER', is_sample: 'BOOLEAN'
        }
    )
)
select
    * exclude (model_text),
    md5_number(concat_ws(chr(31), coalesce(rating::varchar, ''), coalesce(title, ''), coalesce(text, '')))
        as content_hash,
    md5_number(to_json([
        source, rating::varchar, title, text, epoch_us(reviewed_at)::varchar, language, country, version,
        thumbs_up::varchar, reply, epoch_us(replied_at)::varchar, redactions::varchar, is_sample::varchar
    ])::varchar) as row_hash,
    core.text_hash(model_text) as text_hash
from landed;
