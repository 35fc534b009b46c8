-- After the rows of a batch were taken back: corrections of reviews that no other batch bears.
create or replace temp table uncorrected as
select c.store, c.store_app_id, c.review_id
from core.corrections c
semi join going using (store, store_app_id, review_id)
anti join core.reviews using (store, store_app_id, review_id)
anti join core.review_duplicates using (store, store_app_id, review_id);

delete from core.corrections using uncorrected u
where corrections.store = u.store
    and corrections.store_app_id = u.store_app_id
    and corrections.review_id = u.review_id;
