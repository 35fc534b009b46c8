"""Three quotes of a week, by a rule that the report states. Public reviews only: what testers said is never
asked for here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dashboard.i18n import Text
from dashboard.queries import Published, Scope, Wanted, review_key
from dashboard.report.document import Quote
from dashboard.report.happenings import joined
from dashboard.rows.analysis import TopicChange
from dashboard.rows.reviews import Review, WeekQuote
from dashboard.sanitize import plain, short

COUNT = 3
LETTERS = (20, 320)
"""A quote is read at a glance, and says more than that it is good or bad."""
_CUT = 220
_CANDIDATES = 20


def chosen(
    t: Text,
    published: Published,
    scope: Scope,
    topics: Sequence[TopicChange],
    first: Iterable[str],
    *,
    with_words: bool,
) -> tuple[list[Quote], str]:
    """At most COUNT quotes of the scope, and by which rule they were chosen.

    One for each topic: those in `first` (what drove a change, what an alarm is about), then those that moved
    clearly, then those most named. Where no topic is named, what most people found helpful.
    """
    names = {r.topic: r.label(t.language) for r in topics}
    order = in_order(topics, first)
    gone = set(published.vanished(scope.app))
    found = published.week_quotes(scope, order, letters=LETTERS, count=_CANDIDATES) if order else []
    picked = _of_topics(published, scope.app, order, topics, found, gone)
    rule = "topics"
    if not picked:
        rule = "helpful"
        picked = [("", r) for r in _helpful(published, scope, gone)]
    if not picked:
        return [], t("report.quotes_none")
    told = [_quote(t, r, names.get(topic, topic), with_words=with_words) for topic, r in picked]
    said = t(f"report.quotes_{rule}")
    return told, said if with_words else joined([said, t("report.quotes_left_out")])


def in_order(topics: Sequence[TopicChange], first: Iterable[str]) -> list[str]:
    """The topics by what they tell of the week; a topic that nobody named is left out."""
    named = {r.topic for r in topics}
    moved = sorted((r for r in topics if _is_clear(r)), key=lambda r: -abs(r.change or 0))
    most = sorted(topics, key=lambda r: -r.n)
    wanted = [*first, *(r.topic for r in moved if (r.change or 0) > 0), *(r.topic for r in most)]
    return [k for k in dict.fromkeys(wanted) if k in named]


def _is_clear(row: TopicChange) -> bool:
    return row.change_low is not None and row.change_high is not None and row.change_low * row.change_high > 0


def _of_topics(
    published: Published,
    app: str,
    order: Sequence[str],
    topics: Sequence[TopicChange],
    found: Sequence[WeekQuote],
    gone: set[str],
) -> list[tuple[str, Review]]:
    """The surest review of each topic, of the sentiment that most reviews of the topic have."""
    usual = {r.topic: max(r.by_sentiment().items(), key=lambda kv: kv[1])[0] for r in topics}
    by_topic: dict[str, list[WeekQuote]] = {}
    for row in found:
        by_topic.setdefault(row.topic, []).append(row)
    picked: list[tuple[str, Review]] = []
    texts: set[str] = set()
    for topic in order:
        rows = sorted(by_topic.get(topic, ()), key=lambda r: r.sentiment != usual[topic])
        for row in rows:
            reviews = published.picked(app, row.store, (row.review_id,))
            review = next((r for r in reviews if review_key(r) not in gone), None)
            if review is not None and (words := _words(review)) not in texts:
                texts.add(words)
                picked.append((topic, review))
                break
        if len(picked) == COUNT:
            break
    return picked


def _helpful(published: Published, scope: Scope, gone: set[str]) -> list[Review]:
    rows = published.reviews(scope, Wanted(), count=200, sort="helpful")
    shortest, _ = LETTERS
    kept: dict[str, Review] = {}
    for row in rows:
        if len(_words(row)) >= shortest and review_key(row) not in gone:
            kept.setdefault(_words(row), row)
    return list(kept.values())[:COUNT]


def _words(row: Review) -> str:
    return " ".join(plain(row.text or "").split())


def _quote(t: Text, row: Review, about: str, *, with_words: bool) -> Quote:
    facts = [
        t.day(row.reviewed_at),
        t.store(row.store),
        t("reviews.version", version=short(row.version, 30)) if row.version else "",
    ]
    return Quote(
        words=short(row.text or "", _CUT) if with_words else t("report.quote_left_out"),
        language=row.language if with_words else None,
        rating=row.rating,
        facts=[f for f in facts if f],
        about=about,
    )
