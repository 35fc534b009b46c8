-- Which topics drove the change of the mean with a release?
-- リリース前後の平均の変化は、どの話題によるものか。
select
    d.store, d.topic, round(d.share_before, 3) as share_before, round(d.share_after, 3) as share_after,
    round(d.total_effect, 3) as effect, round(d.low, 3) as low, round(d.high, 3) as high,
    round(c.change, 2) as change_of_the_mean
from drivers d
join driver_comparisons c using (app, store, comparison)
where d.app = 'sample' and c.kind = 'release' and c.release_version = '2.0.0'
order by d.store, abs(d.total_effect) desc, d.topic
limit 12;
