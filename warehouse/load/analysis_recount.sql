-- What the reviews of `stale_reviews` come to by day and by version.
insert into inferred.review_days
select
    store, store_app_id, place, day, count(*) as n, coalesce(sum(rating), 0) as stars,
    max(reviewed_at) as last_reviewed_at
from stale_reviews
group by all;

insert into inferred.review_version_days
select
    store, store_app_id, version, day, coalesce(rating, 0)::tinyint as stars, count(*) as n,
    min(reviewed_at) as first_reviewed_at
from stale_reviews
where version is not null
group by all;
