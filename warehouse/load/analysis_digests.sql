-- What names the facts of each series, but for the counts of its reviews, of which it is noted when they change. Up to
-- which day the data speaks is a fact, up to which hour is none.
with told as (
    select series, 'ends' as fact, count(*) as n, bit_xor(hash((as_of at time zone 'UTC')::date)) as digest
    from fact_ends group by series
    union all
    select series, 'releases', count(*), bit_xor(hash(t)) from fact_releases t group by series
    union all
    select series, 'snapshots', count(*), bit_xor(hash(t)) from fact_snapshots t group by series
    union all
    select series, 'console_days', count(*), bit_xor(hash(t)) from fact_console_days t group by series
    union all
    select series, 'gaps', count(*), bit_xor(hash(t)) from fact_gaps t group by series
    union all
    select series, 'version_names', count(*), bit_xor(hash(t)) from fact_version_names t group by series
    union all
    select series, 'alpha', count(*), bit_xor(hash(t)) from fact_alpha t group by series
)
select
    e.app, e.store,
    string_agg(concat_ws(' ', t.fact, t.n, t.digest), chr(10) order by t.fact)
from fact_ends e
join told t using (series)
group by e.series, e.app, e.store
order by e.series;
