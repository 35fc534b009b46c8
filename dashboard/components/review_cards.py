"""Reviews as cards: what was written, what was said before, what the developer answered, and what the model
makes of it. Pure: rows in, escaped markup out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from dashboard.components import text_search as search
from dashboard.components.html import NOT_COVERED, TONES, tag
from dashboard.i18n import Text
from dashboard.queries import review_key
from dashboard.rows.alpha import Quote
from dashboard.rows.reviews import Review, ReviewState
from dashboard.sanitize import markup, plain, short

DISAGREES = 0.8
"""Stars and text are said to disagree where the model is at least so sure of the other tone."""
_LONGEST = 1_500
# So many letters, or lines, may be higher than a card on a narrow screen.
_SCROLLS, _LINES = 150, 6
# A text that is cut begins so far before the first word that was searched for.
_BEFORE = 200


def reviews(
    t: Text,
    rows: Sequence[Review],
    topic_names: Mapping[str, str],
    *,
    words: Sequence[str] = (),
    states: Mapping[str, Sequence[ReviewState]],
    vanished: Mapping[str, datetime],
) -> str:
    """A page of reviews; `words` are marked, `states` and `vanished` are by `data.review_key`."""
    cards = (
        _card(t, r, topic_names, words, states.get(review_key(r), ()), vanished.get(review_key(r)))
        for r in rows
    )
    return f'<div class="hy-reviews">{"".join(cards)}</div>'


def disagrees(row: Review) -> bool:
    """Whether the stars say one thing and the text, with some certainty, the other."""
    if row.rating is None or row.sentiment not in TONES:
        return False
    if row.rating >= 4:
        return (row.p_negative or 0) >= DISAGREES
    return row.rating <= 2 and (row.p_positive or 0) >= DISAGREES


def chances(row: Review | Quote) -> dict[str, float | None]:
    """What the model gives each tone."""
    return dict(zip(TONES, (row.p_negative, row.p_neutral, row.p_positive), strict=True))


def _card(
    t: Text,
    row: Review,
    topic_names: Mapping[str, str],
    words: Sequence[str],
    states: Sequence[ReviewState],
    vanished_at: datetime | None,
) -> str:
    lang = f' lang="{markup(row.language)}"' if row.language else ""
    return (
        f'<article class="hy-review"><header>{stars(t, row.rating)}'
        f'<span class="hy-note">{markup(" · ".join(_facts(t, row)))}</span></header>'
        f"{_written(row, lang, words)}"
        f'<div class="hy-tags">{_tags(t, row, topic_names, vanished_at)}</div>'
        f"{_tone(t, row)}{_earlier(t, states, lang)}{_reply(t, row)}</article>"
    )


def _facts(t: Text, row: Review) -> list[str]:
    place = f"country:{row.country}" if row.country else f"language:{row.language}"
    facts = [
        t.day(row.reviewed_at),
        t("reviews.version", version=short(row.version, 30)) if row.version else "",
        t.store(row.store),
        t.place(place) if row.country or row.language else "",
        t("reviews.thumbs", n=t.number(row.thumbs_up)) if row.thumbs_up else "",
    ]
    return [f for f in facts if f]


def _written(row: Review, lang: str, words: Sequence[str]) -> str:
    title = f'<p class="hy-title"{lang}><bdi>{search.marked(row.title, words)}</bdi></p>' if row.title else ""
    if not row.text:
        return title
    text = search.marked(_cut(row.text, words), words)
    return f'{title}<p class="hy-text"{lang}{reach(row.text)}><bdi>{text}</bdi></p>'


def reach(text: str) -> str:
    """A long text scrolls inside its card: this attribute lets the keyboard reach it."""
    return ' tabindex="0"' if len(text) > _SCROLLS or text.count("\n") > _LINES else ""


def _tags(t: Text, row: Review, topic_names: Mapping[str, str], vanished_at: datetime | None) -> str:
    tags = [
        tag(
            t(
                "reviews.topic_sure",
                topic=topic_names.get(k.topic, k.topic),
                share=t.percent(k.score),
            )
        )
        for k in row.topics or ()
    ]
    tags += [tag(t("reviews.disagrees"), "hy-warn")] if disagrees(row) else []
    tags += [tag(t("reviews.edited"), "hy-quiet")] if row.edited else []
    if vanished_at is not None:
        tags.append(tag(t("reviews.vanished", day=t.day(vanished_at)), "hy-warn"))
    tags += [tag(t("sample.label"), "hy-sample")] if row.is_sample else []
    return "".join(tags)


def _tone(t: Text, row: Review) -> str:
    """What the model says of the tone: the word with its probability, and all three as a bar and in words."""
    if row.sentiment is None:
        return f'<p class="hy-note">{markup(t("tone.unread"))}</p>'
    if row.sentiment == NOT_COVERED:
        return f'<p class="hy-note">{markup(t("reviews.not_covered"))}</p>'
    shares = chances(row)
    bar = "".join(
        f'<span class="hy-{k}" style="width:{100 * (p or 0):.1f}%"></span>' for k, p in shares.items()
    )
    others = t.listed([f"{t(f'tone.{k}')} {t.percent(p)}" for k, p in shares.items() if k != row.sentiment])
    sure = t("reviews.tone", tone=t(f"tone.{row.sentiment}"), share=t.percent(shares[row.sentiment]))
    return (
        f'<div class="hy-sure"><span class="hy-bar" aria-hidden="true">{bar}</span>'
        f'<span class="hy-key hy-{row.sentiment}">{markup(sure)}</span> '
        f'<span class="hy-note">{markup(others)}</span></div>'
    )


def _earlier(t: Text, states: Sequence[ReviewState], lang: str) -> str:
    if not states:
        return ""
    said = "".join(
        f'<div class="hy-state">{stars(t, s.rating)} <span class="hy-note">'
        f"{markup(t('reviews.state', first=t.day(s.seen_from), last=t.day(s.seen_until)))}</span>"
        + "".join(f"<p{lang}><bdi>{markup(_cut(said))}</bdi></p>" for said in (s.title, s.text) if said)
        + "</div>"
        for s in states
    )
    before = markup(t("reviews.earlier", n=len(states)))
    return f'<details class="hy-reply"><summary>{before}</summary>{said}</details>'


def _reply(t: Text, row: Review) -> str:
    if not row.reply:
        return ""
    when = t.day(row.replied_at) if row.replied_at else ""
    return (
        f'<details class="hy-reply"><summary>{markup(t("reviews.reply", when=when))}</summary>'
        f"<p><bdi>{markup(_cut(row.reply))}</bdi></p></details>"
    )


def stars(t: Text, rating: int | None) -> str:
    """The stars of one review."""
    if rating is None:
        return f'<span class="hy-note">{markup(t("reviews.no_stars"))}</span>'
    return (
        f'<span class="hy-stars" role="img" aria-label="{markup(t("reviews.stars", n=rating))}">'
        f'{"★" * rating}<span class="hy-empty">{"★" * (5 - rating)}</span></span>'
    )


def _cut(text: str, words: Sequence[str] = ()) -> str:
    text = plain(text)
    if len(text) <= _LONGEST:
        return text
    start = max(0, search.first_mark(text, words) - _BEFORE)
    piece = text[start : start + _LONGEST]
    return f"{'…' if start else ''}{piece}{'…' if start + _LONGEST < len(text) else ''}"
