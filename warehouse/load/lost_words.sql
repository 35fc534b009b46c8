-- How many words of reviews that stood in the last publication stand in the next one nowhere: of a review that is gone, of an
-- earlier state that is gone, of words in which more personal numbers are replaced now. Deleting such rows would leave them in
-- the file's bytes. A developer's reply that was put in another's place is no such word. Asked within the scope of touched days.
with said as (
    select store, store_app_id, title, text, reply from reviews
    union
    select store, store_app_id, title, text, null from review_history
),
gone as (
    select o.store, o.store_app_id, o.review_id, o.title, o.text, o.reply, o.redactions_reply
    from published.main.reviews o semi join temp.main.changed using (store, store_app_id, review_id)
    union all
    select o.store, o.store_app_id, o.review_id, o.title, o.text, null, null
    from published.main.review_history o semi join temp.main.changed using (store, store_app_id, review_id)
)
select count(*)
from gone g
left join reviews n using (store, store_app_id, review_id)
where not exists (
        from said s
        where s.store = g.store and s.store_app_id = g.store_app_id
            -- nothing said and '' are one, as when reviews are loaded; a title may have come later
            and (coalesce(g.title, '') = '' or s.title = g.title)
            and coalesce(s.text, '') = coalesce(g.text, '')
    )
    or (g.reply is not null and n.review_id is null)
    or (g.reply <> n.reply and coalesce(n.redactions_reply, 1) > coalesce(g.redactions_reply, 0));
