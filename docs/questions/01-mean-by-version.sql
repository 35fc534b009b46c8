-- What did each version get on average, how sure is that, and what did reviews get that name no version?
-- バージョンごとの平均と確からしさは。バージョンのないレビューは別に。
-- Reviews without a version are no sample of the others, so they are a row of their own.
select
    store,
    coalesce(version, '(no version)') as version,
    n, round(share, 3) as share, round(mean, 2) as mean, round(low, 2) as low, round(high, 2) as high
from ratings_by_version
where app = 'sample' and n > 0
order by store, has_version, coalesce(released_at, first_review_on::timestamp at time zone 'UTC'), version;
