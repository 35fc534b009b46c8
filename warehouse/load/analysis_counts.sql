-- How many reviews share series, day (since 1970-01-01, UTC), stars, sentiment and topics? The whole of what the
-- statistics of reviews are made of. Of the series of `analysis_wanted`.
select
    a.series, (c.day - date '1970-01-01')::integer as day, c.stars, c.sentiment, c.topics, sum(c.n)::bigint as n
from inferred.review_counts c
join analysis_wanted a using (store, store_app_id)
group by all
order by all;
