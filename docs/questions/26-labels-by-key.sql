-- Which labels did people give reviews, by the key and in the columns that the training recipe reads (models/training/labels)?
-- 人が訂正したラベルは。学習データと同じ列で、本文は含まない。
select
    left(sha256(c.review_id), 16) as review,
    coalesce(r.detected_language, regexp_extract(r.language, '^[a-z]+'), '-') as language,
    c.sentiment,
    coalesce(nullif(array_to_string(c.topics, ','), ''), '-') as topics
from corrections c
join reviews r using (store, store_app_id, review_id)
where c.app = 'sample'
order by review;
