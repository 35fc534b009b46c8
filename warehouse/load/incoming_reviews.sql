-- Read landed reviews from $files into temp table `incoming`.
create or replace temp table incoming as
select
    * exclude (signature),
    signature.first::hugeint as search_bits_1,
    signature.second::hugeint as search_bits_2
from (
    select
        * exclude (filename, seen_at, lacks) replace (
            -- where nobody counted apart, nothing can be in a reply that is not there
            coalesce(redactions_reply, case when redactions = 0 or reply is null then 0 end) as redactions_reply
        ),
        core.text_hash(core.model_text(title, text)) as text_hash,
        text_signature(concat_ws(chr(10), title, text)) as signature,
        seen_at as first_seen_at,
        seen_at as last_seen_at,
        -- when each fact was given; of those that can turn into none, none is a fact, too, where the source has a place for it
        case when title is not null or not contains(coalesce(lacks, ''), 'title') then seen_at end as title_seen_at,
        case when reply is not null or not contains(coalesce(lacks, ''), 'reply') then seen_at end as reply_seen_at,
        case when language is not null then seen_at end as language_seen_at,
        case when country is not null then seen_at end as country_seen_at,
        case when version is not null then seen_at end as version_seen_at,
        case when thumbs_up is not null then seen_at end as thumbs_up_seen_at,
        case when device is not null then seen_at end as device_seen_at,
        -- landing/<kind>/<batch>/<part>.jsonl.gz
        parse_path(filename)[-2] as first_batch
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
            redactions: 'INTEGER', redactions_reply: 'INTEGER', device: 'VARCHAR', lacks: 'VARCHAR',
            is_sample: 'BOOLEAN'
        }
    )
);
