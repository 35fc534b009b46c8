"""Reviews as cards: what was written, what was said before, what the developer answered, and what the model
makes of it. Pure: rows in, escaped markup out (reviews.html)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal

from markupsafe import Markup

from dashboard.components import text_search
from dashboard.components.html import NOT_COVERED, SENTIMENTS, piece
from dashboard.i18n import Text
from dashboard.rows.reviews import Classified, Corrected, Review, ReviewState
from dashboard.sanitize import plain, short

TEMPLATE = "components/reviews.html"
DISAGREES = 0.8
"""Stars and text are said to disagree where the model is at least so sure of the other sentiment."""
UNSURE = 0.6
"""The model is called unsure where it gives no sentiment so much: of one held-out text in nine, of which it
reads about every second rightly (models/bundled/MODEL_CARD.md)."""
_LONGEST = 1_500
# So many letters, or lines, may be higher than a card on a narrow screen.
_SCROLLS, _LINES = 150, 6
# A text that is cut begins so far before the first word that was searched for.
_BEFORE = 200


def cards(made: Iterable[Markup]) -> Markup:
    """Cards beside and under each other."""
    return piece(TEMPLATE, "cards", list(made))


def disagrees(row: Review) -> bool:
    """Whether the stars say one thing and the text, with some certainty, the other."""
    if row.rating is None or row.sentiment not in SENTIMENTS:
        return False
    if row.rating >= 4:
        return (row.p_negative or 0) >= DISAGREES
    return row.rating <= 2 and (row.p_positive or 0) >= DISAGREES


def is_unsure(row: Classified) -> bool:
    """Whether the model gives no sentiment enough to be called sure."""
    given = [p for p in row.probabilities().values() if p is not None]
    return bool(given) and max(given) < UNSURE


def review(
    t: Text,
    row: Review,
    topic_names: Mapping[str, str],
    words: Sequence[str] = (),
    states: Sequence[ReviewState] = (),
    vanished_at: datetime | None = None,
    said: Corrected | None = None,
) -> Markup:
    """One review; `words` are marked, `states` are what it said before, the oldest first, `said` what people
    say of it in the place of the model's word."""
    return card(
        t,
        rating=row.rating,
        facts=_facts(t, row),
        title=marked(row.title or "", words),
        text=marked(_cut(row.text or "", words), words),
        long=scrolls(row.text or ""),
        language=row.language,
        tags=(topic_tags(t, row, topic_names) if said is None else _said_topics(said, topic_names))
        + _tags(t, row, vanished_at, is_corrected=said is not None),
        opinion=_opinion(t, row) if said is None else _said(t, row, said),
        earlier=[_state(t, s) for s in states],
        reply=_reply(t, row),
    )


def card(
    t: Text,
    *,
    rating: int | Literal[False] | None,
    facts: Sequence[str],
    text: str,
    long: bool,
    language: str | None,
    tags: Sequence[tuple[str, str]],
    opinion: Markup,
    title: str = "",
    earlier: Sequence[Mapping[str, object]] = (),
    reply: Mapping[str, str] | None = None,
) -> Markup:
    """One card; a `rating` of False is not spoken of at all."""
    return piece(
        TEMPLATE, "card", t, rating, facts, title, text, long, language, tags, opinion, earlier, reply or {}
    )


def copied(t: Text, row: Review, app: str, address: str) -> str:
    """A review as plain text, to be pasted elsewhere: whose it is, what was written, where it stands.

    `app` is the app's name, `address` the whole address of the review.
    """
    said = (plain(words) for words in (row.title, row.text) if words)
    return "\n".join((f"{plain(app)} · {about(t, row)}", *said, address))


def about(t: Text, row: Review) -> str:
    """Store, day, stars and version of a review in one line of plain text, and whether it is sample data."""
    stars = t("reviews.no_stars") if row.rating is None else t("reviews.stars", n=row.rating)
    version = t("reviews.version", version=short(row.version, 30)) if row.version else ""
    sample = t("sample.label") if row.is_sample else ""
    return " · ".join(filter(None, (t.store(row.store), t.day(row.reviewed_at), stars, version, sample)))


def _facts(t: Text, row: Review) -> list[str]:
    place = f"country:{row.country}" if row.country else f"language:{row.language}"
    return [
        t.day(row.reviewed_at),
        t("reviews.version", version=short(row.version, 30)) if row.version else "",
        t.store(row.store),
        t.place(place) if row.country or row.language else "",
        t("reviews.thumbs", n=row.thumbs_up) if row.thumbs_up else "",
    ]


def scrolls(text: str) -> bool:
    """Whether a text is so long that it scrolls inside its card, and the keyboard must reach it."""
    return len(text) > _SCROLLS or text.count("\n") > _LINES


def topic_tags(t: Text, row: Classified, names: Mapping[str, str]) -> list[tuple[str, str]]:
    """The topics of a text, each with how sure the model is."""
    return [
        (t("reviews.topic_sure", topic=names.get(k.topic, k.topic), share=t.percent(k.score)), "")
        for k in row.topics or ()
    ]


def _tags(t: Text, row: Review, vanished_at: datetime | None, *, is_corrected: bool) -> list[tuple[str, str]]:
    said = [
        (t("reviews.disagrees"), "hy-warn", disagrees(row)),
        (t("reviews.unsure"), "hy-quiet", is_unsure(row) and not is_corrected),
        (t("reviews.edited"), "hy-quiet", row.edited),
        (t("reviews.vanished", day=t.day(vanished_at)), "hy-warn", vanished_at is not None),
        (t("sample.label"), "hy-sample", row.is_sample),
    ]
    return [(words, kind) for words, kind, holds in said if holds]


def _said_topics(said: Corrected, names: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(names.get(topic, topic), "") for topic in said.topics]


def _said(t: Text, row: Classified, said: Corrected) -> Markup:
    """The sentiment that people read, and in what it stands in the place of."""
    share = t.percent(row.probabilities().get(row.sentiment or ""))
    if row.sentiment is None:
        model = t("sentiment.unread")
    elif row.sentiment == NOT_COVERED:
        model = t("sentiment.not_covered")
    else:
        model = t("reviews.sentiment", sentiment=t(f"sentiment.{row.sentiment}"), share=share)
    note = t("reviews.corrected", model=model)
    return piece(TEMPLATE, "opinion", None, said.sentiment, t(f"sentiment.{said.sentiment}"), note)


def _opinion(t: Text, row: Classified) -> Markup:
    """What the model says of the sentiment: a word with its probability, all three as a bar and in words."""
    shares = row.probabilities()
    others = [f"{t(f'sentiment.{k}')} {t.percent(p)}" for k, p in shares.items() if k != row.sentiment]
    lengths = {k: 100 * (p or 0) for k, p in shares.items()}
    return opinion(t, row, t("sentiment.unread"), lengths, t.listed(others))


def opinion(
    t: Text, row: Classified, unread: str, lengths: Mapping[str, float] | None = None, others: str = ""
) -> Markup:
    """The sentiment of a text with its probability, or why there is none."""
    if row.sentiment is None:
        return piece(TEMPLATE, "unsure", unread)
    if row.sentiment == NOT_COVERED:
        return piece(TEMPLATE, "unsure", t("reviews.not_covered"))
    probability = row.probabilities().get(row.sentiment)
    sure = t("reviews.sentiment", sentiment=t(f"sentiment.{row.sentiment}"), share=t.percent(probability))
    return piece(TEMPLATE, "opinion", lengths, row.sentiment, sure, others)


def _state(t: Text, state: ReviewState) -> dict[str, object]:
    return {
        "rating": state.rating,
        "seen": t("reviews.state", first=t.day(state.seen_from), last=t.day(state.seen_until)),
        "said": [_cut(said) for said in (state.title, state.text) if said],
    }


def _reply(t: Text, row: Review) -> dict[str, str] | None:
    if not row.reply:
        return None
    when = t.day(row.replied_at) if row.replied_at else ""
    return {"when": t("reviews.reply", when=when), "text": _cut(row.reply)}


def marked(text: str, words: Sequence[str]) -> Markup:
    """`text` as markup with every occurrence of the folded `words` in <mark>."""
    return piece(TEMPLATE, "marked", text_search.marked(text, words)) if text else Markup("")


def _cut(text: str, words: Sequence[str] = ()) -> str:
    text = plain(text)
    if len(text) <= _LONGEST:
        return text
    start = max(0, text_search.first_mark(text, words) - _BEFORE)
    cut = text[start : start + _LONGEST]
    return f"{'…' if start else ''}{cut}{'…' if start + _LONGEST < len(text) else ''}"
