-- In which languages are the texts of one app in the span that the model has read? Null where the text does not tell.
select language, sum(n)::bigint as n
from languages_daily
where app = $app
    and is_of_store(store, $stores)
    and day between $first::date and $last::date
group by language
order by n desc, language;
