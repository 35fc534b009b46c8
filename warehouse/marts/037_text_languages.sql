-- Which language are the texts of one place in (a language or country of a store, or a dump)? The one that the store
-- was asked for; where it was asked by country, or a dump names none, the one that at least four fifths of the
-- texts speak for that speak for one (`share`), else null: they are mixed, or do not tell.
-- grain: store, store_app_id, language, country
-- nullable: language, country, text_language, share
create or replace table text_languages as
with asked as (
    select store, store_app_id, language, country, count(*) as n_reviews
    from core.reviews
    group by all
),
told as (
    select r.store, r.store_app_id, r.country, l.language as detected, count(*) as n
    from core.reviews r
    join inferred.languages l on l.text_hash = r.text_hash
    where r.language is null and l.language is not null
    group by all
),
most as (
    select
        store, store_app_id, country,
        arg_max(detected, (n, detected)) as detected,
        max(n) / sum(n) as share
    from told
    group by all
)
select
    a.app, p.store, p.store_app_id, p.language, p.country,
    case
        when p.language is not null then lower(regexp_extract(p.language, '^[A-Za-z]+'))
        when m.share >= 0.8 then m.detected
    end as text_language,
    m.share, p.n_reviews
from asked p
join apps a using (store, store_app_id)
left join most m on p.language is null and m.store = p.store and m.store_app_id = p.store_app_id
    and m.country is not distinct from p.country
order by a.app, p.store, p.store_app_id, p.language, p.country;
