-- What is new in the reviews of one batch, of its landing files $files: each of its rows is one of new, known, edited
-- and duplicate. `known_reviews` holds what was published, and `pending` what was landed since.
with incoming as (
    select
        store, store_app_id, review_id, reviewed_at, rating,
        hash(coalesce(title, ''), coalesce(text, '')) as words,
        hash(coalesce(text, '')) as text_words,
        -- a source without titles has seen the state that has one
        title is null and contains(coalesce(lacks, ''), 'title') as is_untitled,
        length(concat(title, text)) as size
    from read_json($files, format = 'newline_delimited', compression = 'gzip', columns = {
        store: 'VARCHAR', store_app_id: 'VARCHAR', review_id: 'VARCHAR', rating: 'TINYINT', title: 'VARCHAR',
        text: 'VARCHAR', reviewed_at: 'TIMESTAMPTZ', lacks: 'VARCHAR'
    })
),
states as (
    select
        store, store_app_id, review_id, rating, words, text_words, is_untitled, size,
        max(reviewed_at) as reviewed_at, count(*) as times
    from incoming group by all
),
-- As load/reviews.sql tells one review under two ids.
told as (
    select
        *,
        row_number() over (partition by store, store_app_id, review_id order by reviewed_at, rating, words) as state,
        size > 0 and (second(reviewed_at) <> 0 or size > 40) and row_number() over (
            partition by store, store_app_id, reviewed_at, rating, words order by review_id like 'anon:%', review_id
        ) > 1 as is_twin
    from states
),
earlier as (
    select distinct store, store_app_id, review_id from known
),
counted as (
    select
        t.times,
        case
            when t.is_twin then 'duplicates'
            when e.review_id is null then case when t.state = 1 then 'new' else 'edited' end
            when exists (
                from known k
                where k.store = t.store and k.store_app_id = t.store_app_id and k.review_id = t.review_id
                    and k.rating is not distinct from t.rating
                    and (k.words = t.words or (t.is_untitled and k.text_words = t.text_words))
            ) then 'known'
            else 'edited'
        end as news
    from told t left join earlier e using (store, store_app_id, review_id)
)
select
    coalesce(sum(1) filter (news = 'new'), 0)::bigint as new,
    coalesce(sum(1) filter (news = 'known'), 0)::bigint as known,
    coalesce(sum(1) filter (news = 'edited'), 0)::bigint as edited,
    coalesce(sum(case when news = 'duplicates' then times else times - 1 end), 0)::bigint as duplicates
from counted;
