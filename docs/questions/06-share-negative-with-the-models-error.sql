-- Which share of the texts of the last ninety days is negative, with what the model gets wrong taken into account?
-- 直近 90 日の否定的な文章の割合は。モデルの誤りを補正すると。
-- The held-out counts of the model tell how often it calls negative what is (sensitivity) and what is not (false alarms).
-- corrected = (said - false alarms) / (sensitivity - false alarms): Rogan and Gladen 1978; its interval adds the error of
-- what was said, of the sensitivity and of the false alarms.
with cells as (
    select
        unnest(json_keys(confusion, '$.sentiment.languages')) as language,
        json_extract(confusion, '$.sentiment.languages') as languages
    from models where is_serving
),
matrices as (
    select language, unnest(json_extract(languages, '$.' || language || '.apps')::bigint[][][]) as m from cells
),
known as (
    select
        language,
        sum(m[1][1]) as hits, sum(m[1][1] + m[1][2] + m[1][3]) as negatives,
        sum(m[2][1] + m[3][1]) as false_alarms, sum(list_sum(m[2]) + list_sum(m[3])) as others
    from matrices
    group by language
),
rates as (
    select
        language, hits / negatives as sensitivity, false_alarms / others as false_alarm,
        hits / negatives * (1 - hits / negatives) / negatives as sensitivity_variance,
        false_alarms / others * (1 - false_alarms / others) / others as false_alarm_variance
    from known
),
said as (
    select coalesce(r.detected_language, r.language) as language, count(*) as n,
        count(*) filter (p.sentiment = 'negative') / count(*) as share
    from reviews r
    join predictions p using (store, store_app_id, review_id)
    where r.app = 'sample' and p.app = 'sample' and p.sentiment <> 'not_covered'
        and r.reviewed_at > (select max(as_of) - interval 90 day from overview where app = 'sample')
    group by all
),
corrected as (
    select
        language, n, share, sensitivity, false_alarm,
        (share - false_alarm) / (sensitivity - false_alarm) as estimate,
        sqrt(
            share * (1 - share) / n
            + estimate ** 2 * sensitivity_variance
            + (1 - estimate) ** 2 * false_alarm_variance
        ) / (sensitivity - false_alarm) as error
    from said
    join rates using (language)
)
select
    language, n, round(share, 3) as share_said, round(sensitivity, 3) as sensitivity,
    round(false_alarm, 3) as false_alarm,
    round(greatest(0, least(1, estimate)), 3) as share_corrected,
    round(greatest(0, estimate - 1.96 * error), 3) as low,
    round(least(1, estimate + 1.96 * error), 3) as high
from corrected
order by language;
