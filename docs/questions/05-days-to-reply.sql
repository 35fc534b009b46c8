-- How many days does a reply take, to this state of the text?
-- 返信までの日数は（いまの内容への返信のみ）。
-- A reply from before an edit answers other words, so it has no number of days: those are counted apart.
select
    date_trunc('quarter', (reviewed_at at time zone 'UTC')::date)::date as quarter,
    count(*) as n_reviews,
    count(days_to_reply) as n_replied,
    count(*) filter (reply_is_to_earlier) as n_replied_to_earlier,
    round(median(days_to_reply), 2) as median_days,
    round(quantile_cont(days_to_reply, 0.9), 2) as days_90,
    round(count(*) filter (days_to_reply <= 7) / count(*), 3) as share_within_7_days
from reviews
where app = 'sample'
group by quarter
order by quarter;
