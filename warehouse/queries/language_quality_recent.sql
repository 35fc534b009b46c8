-- In which languages are the texts of each app that the model read in the thirty days of the overview, and where is what
-- it says of sentiment and topics measured? As language_quality, for every app.
with read_reviews as (
    select d.app, d.store, d.store_app_id, d.language, d.country, sum(d.n_classified)::bigint as n
    from ratings_daily d
    join (
        select app, store, day_of(max(as_of)) as last_day from overview group by app, store
    ) e using (app, store)
    where d.day > e.last_day - 30
    group by all
),
by_language as (
    select r.app, r.store, l.text_language as language, sum(r.n)::bigint as n
    from read_reviews r
    left join text_languages l on l.store = r.store and l.store_app_id = r.store_app_id
        and l.language is not distinct from r.language and l.country is not distinct from r.country
    group by all
)
select
    b.app, b.store, t.task, b.language, coalesce(q.status, 'not_measured') as status, b.n, q.n_texts, q.f1
from by_language b
cross join (values ('sentiment'), ('topics')) t(task)
left join model_quality q on q.task = t.task and q.language = b.language
where b.n > 0
order by b.app, b.store, t.task, b.n desc, b.language;
