-- Which topics do reviews with one or two stars speak of, more than others do?
-- 星 1・2 のレビューは、ほかのレビューより何を話題にするか。
with days as (
    select topic, sum(n_1 + n_2) as n_low, sum(n_3 + n_4 + n_5) as n_others
    from topics_daily where app = 'sample' group by topic
),
totals as (
    select sum(n_1 + n_2) as low, sum(n_3 + n_4 + n_5) as others from ratings_daily where app = 'sample'
)
select
    c.label_en, c.label_ja, d.n_low::bigint as n_low, round(d.n_low / t.low, 3) as share_of_low,
    round(d.n_others / t.others, 3) as share_of_others,
    round(d.n_low / t.low - d.n_others / t.others, 3) as difference
from days d
join topic_catalogue c using (topic)
cross join totals t
order by difference desc, c.position
limit 10;
