-- In which languages are the texts of the scope, how many of them did the model read, and where is what it says of
-- sentiment and topics measured? The languages with the most texts first; `language` is null where texts do not tell
-- theirs, or are mixed. `status` as in model_quality: `not_measured` also where the model has no figures at all.
with read_reviews as (
    select d.store, d.store_app_id, d.language, d.country, sum(d.n_classified)::bigint as n
    from ratings_daily d
    where d.app = $app
        and in_scope(d.store, d.country, d.language, d.version, $stores, $places, $versions)
        and d.day between $first::date and $last::date
    group by all
),
by_language as (
    select l.text_language as language, sum(r.n)::bigint as n
    from read_reviews r
    left join text_languages l on l.store = r.store and l.store_app_id = r.store_app_id
        and l.language is not distinct from r.language and l.country is not distinct from r.country
    group by all
)
select
    t.task, b.language, coalesce(q.status, 'not_measured') as status, b.n, q.n_texts, q.f1
from by_language b
cross join (values ('sentiment'), ('topics')) t(task)
left join model_quality q on q.task = t.task and q.language = b.language
where b.n > 0
order by t.task, b.n desc, b.language;
