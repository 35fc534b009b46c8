-- How often, and with which sentiment, were topics spoken of in each week (from Monday) or month of the span?
with spoken as (
    select date_trunc($grain, day)::date as first_day, topic, sum(n)::bigint as n, sum(n_negative)::bigint as n_negative
    from topics_daily
    where app = $app
        and in_scope(store, country, language, version, $stores, $places, $versions)
        and day between $first::date and $last::date
    group by all
),
read_reviews as (
    select date_trunc($grain, day)::date as first_day, sum(n_classified)::bigint as of_all
    from ratings_daily
    where app = $app
        and in_scope(store, country, language, version, $stores, $places, $versions)
        and day between $first::date and $last::date
    group by all
)
select r.first_day, s.topic, s.n, s.n_negative, r.of_all, s.n / nullif(r.of_all, 0) as share,
    s.n_negative / nullif(r.of_all, 0) as share_negative
from read_reviews r
join spoken s using (first_day)
where r.of_all > 0
order by r.first_day, s.topic;
