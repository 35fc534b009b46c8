-- The months of which shares are to be worked out anew, as days of an app in a store: those with a touched day, those that
-- the last thirty days of an app lie in, before and now, and every month of a place whose language is told otherwise.
delete from part.months;

insert into part.months
with changed as (
    select store, store_app_id
    from (
        (select store, store_app_id, language, country, text_language from text_languages_before
        except
        select store, store_app_id, language, country, text_language from text_languages)
        union
        (select store, store_app_id, language, country, text_language from text_languages
        except
        select store, store_app_id, language, country, text_language from text_languages_before)
    )
),
ends as (
    select store, store_app_id, (as_of at time zone 'UTC')::date as day from overview where as_of is not null
    union
    select store, store_app_id, (as_of at time zone 'UTC')::date from overview_before where as_of is not null
)
select store, store_app_id, date_trunc('month', day)::date as month from part.days
union
select store, store_app_id, date_trunc('month', day)::date from ends
union
select store, store_app_id, date_trunc('month', day - 29)::date from ends
union
select store, store_app_id, date_trunc('month', day)::date from ratings_daily semi join changed using (store, store_app_id);

delete from part.month_days;

insert into part.month_days
select distinct r.store, r.store_app_id, r.day
from ratings_daily r
join part.months m
    on m.store = r.store and m.store_app_id = r.store_app_id and m.month = date_trunc('month', r.day)::date;
