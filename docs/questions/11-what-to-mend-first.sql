-- What should be mended first, by which team, and what would it gain?
-- まず何を直すと、星がどれだけ増えるか。
select
    f.store, f.rank, c.label_en, f.owner, f.n_complaints, f.n, round(f.gain, 3) as gain, round(f.low, 3) as low,
    round(f.high, 3) as high, f.verdict
from fix_first f
join topic_catalogue c using (topic)
where f.app = 'sample' and f.rank <= 5
order by f.store, f.rank;
