-- What reviews say, with people's word where there is one and else the model's: macros of tables, made once the tables are there.
-- Counts of these are not counts of the model's: its measured error (model_errors) does not hold for them.

create or replace macro review_sentiments() as table
    select
        coalesce(c.app, p.app) as app, store, store_app_id, review_id,
        coalesce(c.sentiment, p.sentiment) as sentiment,
        c.review_id is not null as is_corrected
    from predictions p
    full join corrections c using (store, store_app_id, review_id);

create or replace macro review_topics() as table
    select app, store, store_app_id, review_id, topic, false as is_corrected
    from topics anti join corrections using (store, store_app_id, review_id)
    union all
    select app, store, store_app_id, review_id, unnest(topics) as topic, true as is_corrected
    from corrections;
