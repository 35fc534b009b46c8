-- How is the date of each release known, and how soon did its first reviews come?
-- 各リリースの日付は何に基づき、最初のレビューは何日後か。
select
    r.store, r.version, r.basis, (r.released_at at time zone 'UTC')::date as released_on, v.first_review_on,
    v.first_review_on - (r.released_at at time zone 'UTC')::date as days_to_first_review, coalesce(v.n, 0) as n
from releases r
left join ratings_by_version v using (store, store_app_id, version)
where r.app = 'sample'
order by r.store, r.released_at, r.version;
