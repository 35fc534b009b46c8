-- How often people and model agree on the reviews that people corrected. Texts in a language outside the model's card, and
-- those that it has not read, are counted apart: of these it says nothing.
with judged as (
    select *, coalesce(model_sentiment <> 'not_covered', false) as is_read from corrections
)
select
    count(*) as n,
    count(*) filter (is_read) as n_read,
    count(*) filter (is_read and sentiment <> model_sentiment) as n_sentiment,
    count(*) filter (is_read and topics <> model_topics) as n_topics
from judged;
