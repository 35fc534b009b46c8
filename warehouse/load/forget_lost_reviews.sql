-- States that another batch brought first and whose landing file is gone: the tables are all that holds them.
insert into incoming by name
select t.* from taken t
where t.first_batch <> $batch
    and not exists (
        from incoming i
        where i.store = t.store and i.store_app_id = t.store_app_id and i.review_id = t.review_id
            and i.rating is not distinct from t.rating
            and coalesce(i.title, '') = coalesce(t.title, '') and coalesce(i.text, '') = coalesce(t.text, '')
    );
