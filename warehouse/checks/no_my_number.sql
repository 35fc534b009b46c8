-- says: no run of twelve digits, in one piece or as 4-4-4, reached the record (three years in a row may)
-- severity: stop
-- over: days
-- The gate knows many more forms; this is the second net, no finer than the gate, or nothing would be
-- published any more.
with written as (
    select 'review' as kind, review_id as id, concat_ws(' | ', title, text, reply) as words from core.reviews
    union all
    select 'earlier review', review_id, concat_ws(' | ', title, text, reply) from core.review_history
    union all
    select 'feedback', feedback_id, text from core.feedback
    union all
    select 'rejected row', batch || ' ' || row_number, excerpt from core.rejected_rows
),
searched as (
    -- An order at Google Play begins with three groups of four, too.
    select kind, id, regexp_replace(words, 'GPA[.][0-9]{4}-[0-9]{4}-[0-9]{4}-[0-9]{5}', '', 'g') as words
    from written
)
select kind, id
from searched
where regexp_matches(words, '(^|[^0-9０-９])([0-9]{12}|[０-９]{12})([^0-9０-９]|$)')
    or (
        regexp_matches(words, '(^|[^0-9０-９])[0-9]{4}[ -][0-9]{4}[ -][0-9]{4}([^0-9０-９]|$)')
        and not regexp_matches(words, '(19|20)[0-9]{2}[ -](19|20)[0-9]{2}[ -](19|20)[0-9]{2}')
    );
