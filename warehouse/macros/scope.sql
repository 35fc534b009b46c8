-- The scope of a question: which reviews are meant (docs/warehouse.md). Each list is null where all are meant.

create or replace macro is_of_store(store, stores) as
    stores::varchar[] is null or list_contains(stores::varchar[], store);

-- Where a review was met: Google Play is asked by language, the App Store by country.
create or replace macro place_of(country, language) as
    coalesce('country:' || country, 'language:' || language, 'unknown');

-- Whether what stands for a version names none, such as "Varies with device" in any language: it has no digit.
create or replace macro is_placeholder_version(version) as not regexp_matches(version, '\p{Nd}');

-- The version that a review names; null for a placeholder, too.
create or replace macro named_version(version) as
    case when not is_placeholder_version(version) then version end;

create or replace macro in_scope(store, country, language, version, stores, places, versions) as (
    is_of_store(store, stores)
    and (places::varchar[] is null or list_contains(places::varchar[], place_of(country, language)))
    and (versions::varchar[] is null or list_contains(versions::varchar[], coalesce(named_version(version), 'unknown')))
);

-- The days, weeks (from Monday) or months of a span, with their first and last day within it.
create or replace macro periods_of(grain, first, last) as table
    select
        period,
        greatest(period, first::date) as first_day,
        least(
            case grain
                when 'day' then period
                when 'week' then period + 6
                else (period + interval 1 month)::date - 1
            end,
            last::date
        ) as last_day
    from (
        select unnest(generate_series(
            date_trunc(grain, first::date)::timestamp,
            last::date::timestamp,
            case grain when 'day' then interval 1 day when 'week' then interval 7 day else interval 1 month end
        ))::date as period
    );

-- Whether of a moment only the day is known: what stores and dumps tell as a date stands at midnight (UTC).
create or replace macro is_day_only(moment) as epoch_us(moment) % 86_400_000_000 = 0;

-- The quarter of an hour of its day (UTC) in which a moment lies, 0 to 95; null where only the day is known.
create or replace macro quarter_of(moment) as case
    when not is_day_only(moment)
        then ((epoch_us(moment) % 86_400_000_000 + 86_400_000_000) % 86_400_000_000 // 900_000_000)::bigint
end;

-- The day that a moment belongs to: here that of UTC; the dashboard's own, of a time zone, stand in `local/days.sql`.
create or replace macro day_of(moment) as (moment at time zone 'UTC')::date;

-- Whether something that happened at a moment belongs to a span of days (UTC).
create or replace macro is_in_days(moment, first, last) as
    moment >= first::date::timestamp at time zone 'UTC'
    and moment < (last::date + 1)::timestamp at time zone 'UTC';

-- What a reader may ask of a review beyond the scope; null asks for nothing. `vanished` are its keys that are meant.
create or replace macro is_as_asked(store, store_app_id, review_id, rating, is_edited, reply, stars, edited, answered, vanished) as (
    (stars::integer[] is null or list_contains(stars::integer[], rating::integer))
    and (edited::boolean is null or is_edited = edited::boolean)
    and (answered::boolean is null or (reply is not null) = answered::boolean)
    and (
        vanished::varchar[] is null
        or concat_ws('/', store, store_app_id, review_id) in (select unnest(vanished::varchar[]))
    )
);

-- Whether stars and text disagree, the model being at least so sure of the other sentiment.
create or replace macro is_at_odds(rating, p_negative, p_positive, least) as
    least::double is null
    or (rating >= 4 and p_negative >= least::double)
    or (rating <= 2 and p_positive >= least::double);

-- Whether the model is unsure of a sentiment: it gives none of the three so much; null asks for nothing.
create or replace macro is_unsure(p_negative, p_neutral, p_positive, below) as
    below::double is null or greatest(p_negative, p_neutral, p_positive) < below::double;
