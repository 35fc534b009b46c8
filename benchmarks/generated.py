"""Made reviews by the million, written straight into a warehouse: what collecting them would take weeks.

Three years of apps, each review with a text of its own, a tone and up to three topics; a release every eight
weeks, a displayed score every day. One review in fifty was edited; a few apps have testers, and the scores of
the App Store, too, so that no worked question of docs/questions is asked in vain. Nothing of it is random: a
hash is the dice.
"""

from __future__ import annotations

from typing import Any

from flows.config.load import load_config
from warehouse.writes import AppRow, TopicRow, Writer

# Stars depend on the day and on what is spoken of, so that there is something to find. With `$skew` above one
# a few apps have most of the reviews, as in a real portfolio.
_MADE = """
insert into core.app_stores select 'google_play', 'app' || i, false from range($apps) t(i);
insert into core.coverage
select 'b', 'run', 'made', 'reviews', 'google_play', store_app_id, null, null, null, timestamptz '2026-10-31',
    timestamptz '2026-10-31', timestamptz '2026-10-31', 1, 1, 0, 'complete', 'end_confirmed', null, false
from core.app_stores;
insert into core.landing_files by name
select 'reviews/b/00000.jsonl.gz' as path, 'reviews' as kind, timestamptz '2026-10-31' as loaded_at,
    $reviews as rows;
insert into core.releases
select 'google_play', store_app_id, '1.' || i, 'made', timestamptz '2023-12-01' + to_days((i * 56)::integer),
    null, null, false, timestamptz '2026-10-31'
from core.app_stores, range(19) t(i);
insert into core.rating_snapshots by name
select 'google_play' as store, store_app_id, 'made' as source,
    timestamptz '2023-11-01' + to_days(i::integer) as observed_at, 'crawl' as observed_at_basis,
    round(3 + sin(i / 200), 1) as displayed_score, 1000 + i * 20 as ratings_count,
    true as histogram_is_reweighted, false as is_sample, observed_at as seen_at
from core.app_stores, range(1095) t(i);
insert into core.reviews by name
with drawn as (
    select
        i, floor($apps * ((hash(i, 9) % 1000003) / 1000003) ** $skew)::integer as app,
        (hash(i, 1) % 1095)::integer as day, (hash(i, 2) % 1000) / 1000 as luck,
        (hash(i, 3) % 4)::integer as spoken
    from range($reviews) t(i)
),
made as (
    select
        'google_play' as store, 'app' || app as store_app_id, 'r' || i as review_id, 'made' as source,
        (case when luck < 0.25 + 0.1 * spoken - 0.15 * (day > 400 + app)::integer then 1 + hash(i, 4) % 2
            else 3 + hash(i, 5) % 3 end)::tinyint as rating,
        -- letters only: a digest can hold twelve digits in a row
        case hash(i, 7) % 3
            when 0 then 'Signing in ' || lot || ' is slow since the update'
            when 1 then 'アップデートのあとログインが重い。' || lot || ' 前は使いやすかったのに'
            else 'The card is read at once, thank you ' || lot
        end as text,
        case when day >= 30 then '1.' || (day - 30) // 56 end as version,
        case when hash(i, 8) % 5 = 0 then 'Thank you for telling us, we look into it.' end as reply,
        timestamptz '2023-11-01' + to_days(day) + to_seconds((hash(i, 6) % 86400)::integer) as reviewed_at,
        case when reply is not null then reviewed_at + interval 2 day end as replied_at,
        'ja' as language, 0 as redactions, false as is_sample, md5(i::varchar) as text_hash,
        least(reviewed_at + interval 1 day, timestamptz '2026-10-31') as first_seen_at,
        timestamptz '2026-10-31' as last_seen_at, 'b' as first_batch
    from (select *, translate(md5(i::varchar), '0123456789', 'ghijklmnop') as lot from drawn)
)
select
    * exclude (signature),
    signature.first::hugeint as search_bits_1, signature.second::hugeint as search_bits_2
from (select *, text_signature(text) as signature from made);
insert into core.review_history by name
select
    * exclude (rating, text, text_hash, reviewed_at, first_seen_at, last_seen_at, reply, replied_at),
    (6 - rating)::tinyint as rating, 'Before: ' || text as text,
    md5('before' || review_id) as text_hash, reviewed_at - interval 20 day as reviewed_at,
    reviewed_at - interval 19 day as first_seen_at, reviewed_at as last_seen_at
from core.reviews where hash(review_id, 31) % 50 = 0;
insert into core.app_stores select 'app_store', 'app' || i, false from range($tested) t(i);
insert into core.rating_snapshots by name
with days as (
    select 'app' || app as store_app_id, day, 70 + hash(app, day) % 20 as n, 3.4 + sin(day / 150) as mean
    from range($tested) a(app), range(1095) d(day)
)
select
    'app_store' as store, store_app_id, 'made' as source,
    timestamptz '2023-11-01' + to_days(day::integer) as observed_at, 'crawl' as observed_at_basis,
    sum(n * mean) over so_far / sum(n) over so_far as displayed_score,
    (sum(n) over so_far)::bigint as ratings_count, false as histogram_is_reweighted, false as is_sample,
    observed_at as seen_at
from days window so_far as (partition by store_app_id order by day);
insert into core.consents by name
select
    'tester' || app || '-' || i as tester, 'app' || app as app, 'first' as cohort, 'agreed' as event,
    'w1' as wording,
    true as may_improve, true as may_analyse, false as may_quote, false as may_contact,
    timestamptz '2023-10-01' as entered_at, 'made' as source, false as is_sample
from range($tested) a(app), range(12) t(i);
insert into core.feedback by name
select
    'f' || app || '-' || release || '-' || i as feedback_id, 'app' || app as app, 'first' as cohort,
    'tester' || app || '-' || i % 12 as tester, 'made' as source, 2::tinyint as rating,
    'Signing in fails on my phone, number ' || i as text,
    timestamptz '2023-11-15' + to_days((release * 56)::integer) + to_minutes(i::integer) as submitted_at,
    '1.' || release || '-alpha.1' as version, 'w1' as consent_version, true as may_analyse,
    false as may_quote, 0 as redactions, false as is_sample, md5(feedback_id) as text_hash,
    submitted_at as seen_at, true as said_analyse, false as said_quote
from range($tested) a(app), range(19) r(release), range(60) t(i);
insert into inferred.models (model_version, name, figures, first_used_at, is_serving)
values ('m', 'made', '{}', now(), true);
insert into inferred.predictions
select
    text_hash, 'm',
    case when rating <= 2 then 'negative' when rating = 3 then 'neutral' else 'positive' end,
    0.8, 0.1, 0.1, now()
from core.reviews;
insert into inferred.topics
select distinct text_hash, 'm', topic, 0.7 + (hash(text_hash) % 30) / 100
from core.reviews
join (select i as nth from range(3) t(i)) n on nth < hash(text_hash, 3) % 4
join core.topic_config c on c.position = hash(text_hash, nth) % 18;
insert into inferred.predictions select text_hash, 'm', 'negative', 0.8, 0.1, 0.1, now() from core.feedback;
insert into inferred.topics
select text_hash, 'm', topic, 0.9
from core.feedback join core.topic_config c on c.position = hash(feedback_id, 1) % 3;
"""
_TESTED = 10


def fill(warehouse: Writer, *, apps: int, reviews: int, skew: float = 1.0) -> None:
    """Put `reviews` made reviews of `apps` apps into an empty warehouse."""
    configure(warehouse)
    names = [f"Made app {n:03d}" for n in range(apps)]
    warehouse.set_apps(
        [AppRow(app=f"app{n}", name=name, owner=None, store="google_play", store_app_id=f"app{n}")
         for n, name in enumerate(names)]
        + [AppRow(app=f"app{n}", name=name, owner=None, store="app_store", store_app_id=f"app{n}")
           for n, name in enumerate(names[:_TESTED])]
    )  # fmt: skip
    values: dict[str, Any] = {
        "apps": apps, "reviews": reviews, "skew": skew, "tested": min(apps, _TESTED)
    }  # fmt: skip
    for statement in warehouse.con.extract_statements(_MADE):
        wanted = {k: v for k, v in values.items() if f"${k}" in statement.query}
        warehouse.con.execute(statement, wanted or None)


def configure(warehouse: Writer) -> None:
    """The topics that come with the project."""
    named = enumerate(load_config().topics)
    fields = ("position", "topic", "label_en", "label_ja", "lens", "owner")
    rows = [(n, t.key, t.label_en, t.label_ja, t.lens, t.owner) for n, t in named]
    warehouse.set_topics([TopicRow(**dict(zip(fields, row, strict=True))) for row in rows])
