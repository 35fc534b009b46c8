-- After the rows of a batch were taken back: apps of which nothing is left, and what was inferred of texts that no
-- review and no feedback bears any more.
delete from core.app_stores a
where not exists (
    from core.coverage c where c.store = a.store and c.store_app_id = a.store_app_id
);

create or replace temp table lost as
select text_hash from named_before
except
select text_hash from core.reviews
except
select text_hash from core.review_history
except
select text_hash from core.review_duplicates;

-- Languages are told of reviews only.
delete from inferred.languages using lost l where languages.text_hash = l.text_hash;

delete from lost where text_hash in (select text_hash from core.feedback where text_hash is not null);

delete from inferred.topics using lost l where topics.text_hash = l.text_hash;

delete from inferred.predictions using lost l where predictions.text_hash = l.text_hash;

drop table lost;

drop table named_before;
