-- How much did each cohort of one app send, what may be done with it, and with which sentiment? Cohorts with fewer
-- than five people come as one row without a name, and without sentiment.
select
    f.cohort, count(*) as n_feedback, count(*) filter (f.may_analyse) as n_analysed, count(f.text) as n_quoted,
    min(f.submitted_at) as first_at, max(f.submitted_at) as last_at,
    count(*) filter (p.sentiment <> 'not_covered') as n_classified,
    count(*) filter (p.sentiment = 'not_covered') as n_not_covered,
    count(*) filter (p.sentiment = 'negative') as n_negative,
    count(*) filter (p.sentiment = 'neutral') as n_neutral,
    count(*) filter (p.sentiment = 'positive') as n_positive
from feedback f
left join feedback_predictions p using (feedback_id)
where f.app = $app
group by f.cohort
order by f.cohort nulls last;
