-- When did the written reviews change their level for good, by how much, and what was near in time?
-- レビュー平均の水準はいつ、どれだけ変わったか。近い時期に何があったか。
select
    store, changed_on, low_on, high_on, round(size, 2) as size, round(low, 2) as low, round(high, 2) as high,
    round(value_before, 2) as value_before, round(value_after, 2) as value_after, nearest_release, release_distance_days
from change_points
where app = 'sample' and series = 'B'
order by store, changed_on;
