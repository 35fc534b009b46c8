-- How many reviews of touched days are there twice, on whatever days.
select count(*) from (
    select store, store_app_id, review_id
    from core.reviews semi join part.reviews using (store, store_app_id, review_id)
    group by all
    having count(*) > 1
);
