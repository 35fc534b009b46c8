-- What a reader asked for, as the queries of the dashboard filter by it: one definition for all of them. A list or
-- value that is null asks for everything.

-- The language (Google Play) or the country (App Store) that a review came from.
create or replace macro place_of(country, language) as
    coalesce('country:' || country, 'language:' || language, 'unknown');

create or replace macro in_scope(store, country, language, version, stores, places, versions) as
    (stores::varchar[] is null or list_contains(stores::varchar[], store))
    and (places::varchar[] is null or list_contains(places::varchar[], place_of(country, language)))
    and (versions::varchar[] is null or list_contains(versions::varchar[], coalesce(version, 'unknown')));

-- Whether a moment lies on the days from first to last (UTC), both of them included.
create or replace macro in_days(moment, first, last) as
    moment >= first::date::timestamp at time zone 'UTC'
    and moment < (last::date + 1)::timestamp at time zone 'UTC';

-- What can be asked of a review itself.
create or replace macro is_asked_for(rating, edited, reply, stars, is_edited, is_answered) as
    (stars::integer[] is null or list_contains(stars::integer[], rating::integer))
    and (is_edited::boolean is null or edited = is_edited::boolean)
    and (is_answered::boolean is null or (reply is not null) = is_answered::boolean);

-- A text in the form in which words are looked for: small letters, one form of each letter (dashboard/components/
-- text_search.py has the tables).
create or replace macro searchable(said, foldable, wide, narrow) as
    case
        when strlen(said) = length(said) or not regexp_matches(said, foldable) then lower(said)
        else nfc_normalize(lower(translate(said, wide, narrow)))
    end;

create or replace macro has_words(said, words) as
    words::varchar[] is null or list_bool_and(list_transform(words::varchar[], lambda w: contains(said, w)));

-- Whether the stars say one thing and the text, with at least this probability, the other.
create or replace macro disagrees_with(rating, p_negative, p_positive, probability) as
    probability::double is null
    or (rating >= 4 and p_negative >= probability::double)
    or (rating <= 2 and p_positive >= probability::double);

-- Days, weeks (from Monday) and months of a span.
create or replace macro periods_of(grain, first, last) as
    generate_series(
        date_trunc(grain, first::date)::timestamp,
        last::date::timestamp,
        case grain when 'day' then interval 1 day when 'week' then interval 7 day else interval 1 month end
    );

create or replace macro period_end(period, grain, last) as
    least(
        case grain
            when 'day' then period
            when 'week' then period + 6
            else (period + interval 1 month)::date - 1
        end,
        last::date
    );
