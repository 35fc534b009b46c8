-- How many quarters of an hour was a zone before UTC, week by week (from a Thursday, as days are counted from 1970 on), and in
-- which of the 672 quarters of a week did that change? 672 in a week in which it did not.
with weeks as (
    select w, (date '1970-01-01' + 7 * w::integer)::timestamp at time zone 'UTC' as began_at
    from range($first_week::bigint, $first_week::bigint + $weeks::bigint + 1) t(w)
),
offsets as (
    select w, began_at, (epoch_us(began_at at time zone $zone) - epoch_us(began_at at time zone 'UTC')) // 900_000_000 as quarters
    from weeks
),
beside as (
    select w, began_at, quarters, lead(quarters, 1, quarters) over (order by w) as next_quarters from offsets
),
turned as (
    select b.w, min(q) as turn
    from beside b, range(672) t(q)
    where b.quarters <> b.next_quarters
        and (
            epoch_us((b.began_at + to_minutes(15 * q)) at time zone $zone)
            - epoch_us((b.began_at + to_minutes(15 * q)) at time zone 'UTC')
        ) // 900_000_000 <> b.quarters
    group by all
)
select list(b.quarters::smallint order by b.w) as offsets, list(coalesce(t.turn, 672)::smallint order by b.w) as turns
from beside b left join turned t using (w);
