-- What names of the published file mean to a connection that asks by the days of a time zone: the variables `local_zone`,
-- `local_offsets` and `local_turns` (offsets.sql, from week 1983, the first of 2008, on) were set before.

-- The day of a quarter of an hour by the clock of the zone; where only a day is known, and before 2008, that of UTC.
create or replace temp macro local_day(day, quarter) as coalesce(
    day + (
        quarter + 96 + case
            when (day - date '1970-01-01') % 7 * 96 + quarter
                < getvariable('local_turns')[(day - date '1970-01-01') // 7 - 1982]
                then getvariable('local_offsets')[(day - date '1970-01-01') // 7 - 1982]
            else getvariable('local_offsets')[(day - date '1970-01-01') // 7 - 1981]
        end
    )::integer // 96 - 1,
    day
);

create or replace temp macro day_of(moment) as case
    when epoch_us(moment) % 86_400_000_000 = 0 or moment < timestamptz '2008-01-03 00:00:00+00'
        then (moment at time zone 'UTC')::date
    else (moment at time zone getvariable('local_zone'))::date
end;

-- The first two lines leave out what no zone has in these days, before anything is worked out.
create or replace temp macro is_in_days(moment, first, last) as
    moment >= (first::date - 1)::timestamp at time zone 'UTC'
    and moment < (last::date + 2)::timestamp at time zone 'UTC'
    and day_of(moment) between first::date and last::date;

create or replace temp view ratings_daily as
select * exclude (quarter) replace (local_day(day, quarter) as day) from ratings_quarter_hourly;

create or replace temp view topics_daily as
select * exclude (quarter) replace (local_day(day, quarter) as day) from topics_quarter_hourly;
