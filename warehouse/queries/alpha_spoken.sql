-- What did testers of one app, or of one of its cohorts, speak of, and with which sentiment? Only feedback that may be
-- analysed; n_all is how many of those a model has read.
select
    t.topic, count(*) as n,
    count(*) filter (p.sentiment = 'negative') as n_negative,
    count(*) filter (p.sentiment = 'neutral') as n_neutral,
    count(*) filter (p.sentiment = 'positive') as n_positive,
    (
        select count(*) from feedback_predictions r
        where r.app = $app and ($cohort::varchar is null or r.cohort = $cohort)
            and r.sentiment <> 'not_covered'
    ) as n_all
from feedback_topics t
join feedback_predictions p using (feedback_id)
where t.app = $app and ($cohort::varchar is null or t.cohort = $cohort)
group by t.topic
order by n desc, t.topic;
