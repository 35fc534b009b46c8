-- says: no run of twelve digits reached the record
-- severity: stop
select store, store_app_id, review_id from core.reviews
where regexp_matches(concat_ws(' ', title, text, reply), '(^|[^0-9])([0-9][ -]?){11}[0-9]([^0-9]|$)');
