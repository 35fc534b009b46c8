-- What did testers say, in their own words, where they agree to be quoted and their cohort has five people or more?
-- Newest first; n_all is how many there are.
select
    f.feedback_id, f.cohort, f.language, f.version, f.screen, f.rating, f.text, f.submitted_at, f.is_sample,
    p.sentiment, p.p_negative, p.p_neutral, p.p_positive, t.topics, count(*) over () as n_all
from feedback f
left join feedback_predictions p using (feedback_id)
left join (
    select feedback_id, list({'topic': topic, 'score': score} order by score desc, topic) as topics
    from feedback_topics group by feedback_id
) t using (feedback_id)
where f.app = $app
    and f.text is not null and f.may_quote and f.cohort is not null
    and ($cohort::varchar is null or f.cohort = $cohort)
    and ($sentiment::varchar is null or p.sentiment = $sentiment)
    and ($topic::varchar is null or list_contains([x.topic for x in t.topics], $topic))
order by f.submitted_at desc, f.feedback_id
limit $count offset $skip;
