"""Whatever a template is given stays text: no element, no attribute, no direction of a stranger's making."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError
from markupsafe import Markup

from dashboard import i18n
from dashboard.components import html, review_cards
from dashboard.components.headlines import Change
from dashboard.report import as_html
from dashboard.report.document import Card, Document, Figure, Group, KeyFigure, Said, Section, Table
from dashboard.report.document import Quote as Quoted
from dashboard.rows.alpha import Consent, Quote
from dashboard.rows.analysis import AppRelease, AppTopic, ReleaseImpact, TopicChange
from dashboard.rows.collection import AppInStore, Request, Trouble
from dashboard.rows.reviews import Review, ReviewState, ReviewTopic
from dashboard.views.alpha import blocks
from dashboard.views.health import sources
from dashboard.views.map import matrix, timeline
from dashboard.views.overview import cards
from dashboard.views.releases import verdicts
from tests.dashboard.rows import row

# Opens an element, leaves an attribute, turns the direction, holds a control character.
EVIL = "\"'><script>alert(1)</script>\u202e&amp;\x07"
SHOWN = "\"'><script>alert(1)</script>&amp; "
LINK = "reviews?topic=login"
T = i18n.of("en")
NOW = datetime(2026, 11, 24, tzinfo=UTC)
_OURS = {
    "a", "article", "b", "bdi", "br", "caption", "details", "div", "h3", "header", "img", "mark", "p", "span",
    "summary", "table", "tbody", "td", "th", "thead", "tr",
}  # fmt: skip
# The report is a whole page.
_OF_A_PAGE = _OURS | {
    "aside", "blockquote", "body", "dd", "dl", "dt", "figcaption", "figure", "footer", "h1", "h2", "head",
    "html", "li", "main", "meta", "section", "small", "style", "title", "ul",
}  # fmt: skip


class _Page(HTMLParser):
    """What a browser would make of some markup."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: dict[str, set[str]] = {}
        self.text = ""
        self.feed(str(markup))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            self.attributes.setdefault(name, set()).add(value or "")

    def handle_data(self, data: str) -> None:
        self.text += data


def _review(**wanted: Any) -> Review:
    plain = {
        "store": "google_play", "review_id": EVIL, "title": EVIL, "text": EVIL, "version": EVIL,
        "language": EVIL, "reply": EVIL, "replied_at": NOW, "edited": True, "rating": 1,
        "sentiment": "positive", "p_positive": 0.9, "topics": (ReviewTopic(topic=EVIL, score=0.5),),
    }  # fmt: skip
    return row(Review, **plain | wanted)


def _reviews(words: tuple[str, ...] = ()) -> Markup:
    review = _review()
    state = row(ReviewState, title=EVIL, text=EVIL, rating=None)
    return review_cards.review(T, review, {EVIL: EVIL}, words, [state], NOW)


def _quotes() -> Markup:
    quote = {"cohort": EVIL, "language": EVIL, "version": EVIL, "screen": EVIL, "text": EVIL}
    return blocks.quotes(T, [row(Quote, **quote, topics=(ReviewTopic(topic=EVIL, score=0.5),))], {})


def _consents() -> Markup:
    return blocks.consents(
        T, [row(Consent, cohort=EVIL, wording=EVIL, purpose="improve", people=6, agreed=6)]
    )


def _overview() -> Markup:
    named = {"store": EVIL, "owner": EVIL, "displayed_country": EVIL}
    app = row(AppInStore, **named, displayed_score=4.2, mean_30d=3.0, n_30d=20)
    return cards.line(T, app, {}, NOW) + cards.line(T, app, {}, NOW, is_dense=True)


def _health() -> Markup:
    request = row(
        Request, name=EVIL, store=EVIL, source=EVIL, asked_for=EVIL, place=EVIL, reason=EVIL, detail=EVIL,
        outcome="failed",
    )  # fmt: skip
    trouble = row(Trouble, name=EVIL, reason=EVIL, outcome="failed")
    told = sources.reasons(T, [trouble]) + sources.troubles(T, [trouble])
    return told + sources.asks(T, [request]) + sources.cards(T, sources.by_source([request], NOW))


def _releases() -> Markup:
    named = {"release_version": EVIL, "overlapping_releases": (EVIL,), "store": EVIL, "verdict": "better"}
    measures = (("mean_stars", None), ("x", EVIL))
    rows = [row(ReleaseImpact, **named, measure=m, topic=topic) for m, topic in measures]
    return verdicts.matrix(T, rows, {}, with_store=True) + verdicts.legend(T)


def _map() -> Markup:
    cell = row(AppTopic, app=EVIL, topic=EVIL, n_read=50, n_negative=9, share=0.2, low=0.1, high=0.3)
    rows = [matrix.Row(EVIL, EVIL, {EVIL: cell}, is_sample=True), matrix.Row(EVIL, EVIL, {})]
    table = matrix.table(T, rows, {EVIL: EVIL}, {EVIL: EVIL}, 0.2, lambda _: LINK, lambda _: LINK)
    release = row(AppRelease, app=EVIL, store=EVIL, release_version=EVIL, verdict="worse", released_at=NOW)
    days = NOW.date() - timedelta(30), NOW.date()
    return table + timeline.table(T, rows, {EVIL: [release]}, *days, lambda _, __: LINK)


def _pieces() -> Markup:
    topic = row(TopicChange, label_en=EVIL, n=4, share=0.5, n_negative=1)
    return Markup("").join(
        [
            html.tags([(EVIL, "")]), html.note(EVIL), html.two_lines(EVIL, EVIL), html.wrapped(EVIL),
            html.lines([EVIL, EVIL]),
            html.light(T, EVIL, EVIL), html.figures([(EVIL, EVIL, EVIL)]),
            html.verdict("up", "▲", EVIL), html.sized(EVIL, EVIL, up=True),
            html.sparkline([(1, 3.0)], 26, EVIL),
            html.figure_title(EVIL), html.source([EVIL, html.Aside(EVIL)]), html.name(EVIL),
            html.method(T, [EVIL]),
            html.legend([("b", EVIL, EVIL)]), html.finding(T, [EVIL, EVIL]), html.notice("empty", EVIL, EVIL),
            html.table(EVIL, [EVIL], [[EVIL, EVIL]]), html.topics(T, [topic], EVIL),
            html.sentiments(T, dict.fromkeys(html.SENTIMENTS, 1 / 3)), html.interval(3, 2, 4),
            html.change(T, Change(1, 0.5, 1.5))[0],
        ]
    )  # fmt: skip


def _report() -> Markup:
    document = Document(
        language="en", name=EVIL, kicker=EVIL, tags=[(EVIL, "")], sentences=[Said(words=EVIL, whose=EVIL)],
        figures=[KeyFigure(name=EVIL, value=EVIL, moved=EVIL, note=EVIL)],
        chart=Figure(
            title=EVIL, wide=Markup(""), narrow=Markup(""), legend=[("b", EVIL, EVIL)], sources=[EVIL]
        ),
        quotes_title=EVIL,
        quotes=[Quoted(words=EVIL, language=EVIL, rating=2, facts=[EVIL], about=EVIL)],
        quotes_note=EVIL, cards_title=EVIL, cards=[Card(name=EVIL, words=EVIL, whose=EVIL)],
        unseen_title=EVIL, unseen=[EVIL],
        sections=[
            Section(
                title=EVIL, sources=[EVIL],
                blocks=[
                    Said(words=EVIL), Group(whose=EVIL, sentences=[EVIL]),
                    Table(caption=EVIL, heads=[EVIL, EVIL], rows=[[EVIL, EVIL]], numeric=(1,)),
                ],
            )
        ],
        basis=[EVIL],
    )  # fmt: skip
    return Markup("").join(map(Markup, (as_html.page(document), as_html.mail(document))))


SHOWS: dict[str, list[Callable[[], Markup]]] = {
    "components/pieces.html": [_pieces],
    "report/report.html": [_report],
    "components/reviews.html": [_reviews, lambda: _reviews(("script", "alert")), _quotes],
    "views/alpha/cells.html": [_consents],
    "views/health/sources.html": [_health],
    "views/map/map.html": [_map],
    "views/overview/cards.html": [_overview],
    "views/releases/verdicts.html": [_releases],
}


def test_every_template_is_tried() -> None:
    assert set(SHOWS) == {p.relative_to(i18n.ROOM).as_posix() for p in i18n.ROOM.rglob("*.html")}


@pytest.mark.parametrize("template", SHOWS)
def test_what_a_stranger_wrote_is_text_and_nothing_else(template: str) -> None:
    for show in SHOWS[template]:
        made = show()
        page = _Page(made)
        assert page.tags <= (_OF_A_PAGE if template.startswith("report/") else _OURS)
        assert not [name for name in page.attributes if name.startswith("on") or name == "srcdoc"]
        assert page.attributes.get("href", set()) <= {LINK}
        assert all(src.startswith("data:image/svg+xml,") for src in page.attributes.get("src", ()))
        assert "alert(1)" in page.text.replace("\n", "") or "<mark>" in made
        assert not set(made) & set("\u202e\x07")
        assert "None" not in page.text


@given(st.text())
def test_no_text_opens_an_element_or_leaves_an_attribute(text: str) -> None:
    made = html.sparkline([(1, 3.0)], 26, text)
    written = made.removeprefix('<img class="hy-spark" alt="').split('" src="')[0]
    assert not set(written) & set("<>\"'")


def test_a_review_is_shown_letter_for_letter() -> None:
    text = _Page(_reviews()).text
    # Title, text, both of the earlier state, and the reply; version and topic are shown in one line.
    assert text.count(SHOWN) >= 5
    assert _Page(_quotes()).text.count(SHOWN) >= 1


def test_a_language_that_a_stranger_names_stays_within_its_attribute() -> None:
    assert _Page(_reviews()).attributes["lang"] == {SHOWN}


def test_a_macro_that_lacks_a_value_says_so() -> None:
    with pytest.raises(UndefinedError, match="not provided"):
        html.piece("components/pieces.html", "notice", "empty")


def test_a_value_that_nobody_knows_is_a_dash() -> None:
    assert _Page(html.table("x", ["a"], [["b", None]])).text.replace("\n", "") == f"xab{i18n.NOTHING}"
