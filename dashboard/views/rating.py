"""Rating: how did an app's rating move, how sure is that, and what were people writing meanwhile?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import streamlit as st

from dashboard import blocks, captions, charts, choices, data, findings, parts, state, tables, text
from dashboard.data import Published, Row, Scope
from dashboard.text import Text

PER_PAGE = 8


@dataclass(frozen=True, slots=True)
class Page:
    """What every part of the page is about."""

    t: Text
    published: Published
    scope: Scope
    span: Row
    known_from: date
    """The first day of which anything is known."""
    evidence: tuple[str, ...]
    """How complete the reviews are and which publication this is: the end of every source line."""

    def sources(self, *first: str) -> tuple[str, ...]:
        """A source line that begins with `first` and the days."""
        return (*first, self.t.days(self.scope.first, self.scope.last), *self.evidence)

    def rated(self, n: int) -> str:
        """How many rated reviews a chart stands on."""
        return self.t("source.reviews", n=self.t.number(n))


def show() -> None:
    """The page."""
    t = text.of(state.language())
    published = data.published()
    apps = published.overview()
    if not apps:
        st.title(t("rating.title"))
        parts.no_apps(t)
        return
    app = choices.choose_app(t, apps)
    scope = choices.choose_scope(t, app, published)
    coverage = published.coverage(app, scope.stores if scope else None)
    parts.coverage_notices(t, coverage, published.publication()["published_at"])
    if scope is None:
        parts.html(blocks.notice("empty", t("empty.no_reviews_title"), t("empty.no_reviews")))
        return
    evidence = (parts.coverage_line(t, coverage), parts.publication_line(t, published))
    known_from, _ = published.known_days(app) or (scope.first, scope.last)
    page = Page(t, published, scope, published.span(scope), known_from, evidence)
    told = finding(page)
    over_time(page, told)
    if not page.span["n_reviews"]:
        parts.html(blocks.notice("empty", t("empty.span_title"), t("empty.span")))
        return
    left, right = st.columns([3, 2], gap="large")
    with left:
        by_version(page)
    with right:
        stars(page)
    topics(page)
    reviews(page)


def finding(page: Page) -> list[str]:
    """The finding in words, on top; the sentences."""
    t, published, scope = page.t, page.published, page.scope
    sentences = findings.displayed_sentence(t, published.displayed(scope)) or [t("finding.no_displayed")]
    if page.span["n"]:
        edge = findings.edge_days(scope.days)
        start = published.span(scope.within(scope.first, scope.first + timedelta(edge - 1)))
        end = published.span(scope.within(scope.last - timedelta(edge - 1), scope.last))
        sentences.append(findings.reviewed_sentence(t, start, end, edge))
    if page.span["n_reviews"]:
        sentences.append(findings.tone_sentence(t, page.span))
    parts.html(blocks.finding(sentences))
    return sentences


def over_time(page: Page, told: list[str]) -> None:
    """Series A and B over time with releases, and how many reviews carry B."""
    t, scope = page.t, page.scope
    st.header(t("rating.over_time"))
    grain = findings.grain_of(scope.days)
    displayed = page.published.displayed(scope)
    periods = [captions.with_words(t, p) for p in page.published.periods(scope, grain)]
    parts.html(blocks.legend(captions.legend_entries(t, displayed, grain)))
    drawn = charts.rating_over_time(
        captions.displayed_points(t, displayed),
        periods,
        captions.release_marks(t, page.published.releases(scope)),
        first=scope.first,
        last=scope.last,
        words=captions.chart_words(t),
        date_format=captions.date_format(t, scope.days),
    )
    st.altair_chart(drawn, key="over-time", alt=" ".join(told))
    counts(page, periods)
    unsure = any(d["observed_at_basis"] != "observed" for d in displayed)
    basis = t("source.basis") if unsure else ""
    parts.html(blocks.source((*page.sources(page.rated(page.span["n"])), basis, t("rating.brush"))))
    parts.evidence(t, "periods", tables.periods(t, periods))
    parts.evidence(t, "displayed", tables.displayed(t, displayed))


def counts(page: Page, periods: list[Row]) -> None:
    """How many reviews each period has; days brushed over the bars become the span of the page."""
    t, scope = page.t, page.scope
    drawn = charts.counts(
        periods,
        first=scope.first,
        last=scope.last,
        words=captions.chart_words(t),
        date_format=captions.date_format(t, scope.days),
    )
    event = st.altair_chart(
        drawn,
        # A new span is a new chart, so that no old brush lies over it.
        key=f"counts-{scope.first}-{scope.last}",
        alt=t("rating.counts_told"),
        on_select="rerun",
        selection_mode=charts.BRUSH,
    )
    brushed: dict[str, list[float]] = event["selection"].get(charts.BRUSH, {})
    edges = sorted(next(iter(brushed.values()), []))
    if len(edges) == 2:
        start, end = (datetime.fromtimestamp(e / 1000, UTC).date() for e in edges)
        choices.narrow(scope, start, end)


def by_version(page: Page) -> None:
    """Mean review rating of each version."""
    t = page.t
    st.header(t("rating.by_version"))
    rows = page.published.versions(page.scope)
    drawn = charts.by_version(captions.version_labels(t, rows), words=captions.chart_words(t))
    cut = t("rating.newest", n=charts.VERSIONS, all=len(rows)) if len(rows) > charts.VERSIONS else ""
    sources = (*page.sources(page.rated(sum(r["n"] for r in rows))), cut)
    parts.chart(drawn, sources, key="by-version", told=t("evidence.versions"))
    parts.evidence(t, "versions", tables.versions(t, rows))


def stars(page: Page) -> None:
    """How the stars are spread, against the span before."""
    t = page.t
    st.header(t("rating.stars"))
    before = page.published.span(page.scope.before())
    drawn = charts.star_shares(page.span, before if before["n"] else None, words=captions.chart_words(t))
    compared = captions.compared(t, page.scope, before["n"], page.known_from)
    note = t("rating.stars_before", compared=compared) if before["n"] else ""
    parts.chart(
        drawn, (*page.sources(page.rated(page.span["n"])), note), key="stars", told=t("evidence.stars")
    )
    parts.evidence(t, "stars", tables.stars(t, page.span, before))


def topics(page: Page) -> None:
    """What people wrote about, and what changed against the span before."""
    t, scope = page.t, page.scope
    st.header(t("topics.title"))
    rows = page.published.topics(scope)
    if not rows:
        words = t("topics.none") if page.span["n_classified"] else t("topics.unread")
        parts.html(blocks.notice("empty", t("topics.none_title"), words))
        return
    parts.html(blocks.topics(t, rows, t("topics.caption", span=t.days(scope.first, scope.last))))
    classified = t("source.classified", n=t.number(rows[0]["of_now"]))
    compared = captions.compared(t, scope, rows[0]["of_before"], page.known_from)
    parts.html(blocks.source(page.sources(classified, compared, parts.model_line(t, page.published))))
    parts.evidence(t, "topics", tables.topics(t, rows))


def reviews(page: Page) -> None:
    """Example reviews of the span, by topic, tone and stars."""
    t, published, scope = page.t, page.published, page.scope
    st.header(t("reviews.title"))
    names = {r["topic"]: r[f"label_{t.language}"] for r in published.topics(scope)}
    wanted = choices.choose_reviews(t, names)
    total = published.count_reviews(scope, wanted)
    if not total:
        parts.html(blocks.notice("empty", t("reviews.none_title"), t("reviews.none")))
        return
    pages = -(-total // PER_PAGE)
    at = state.choose_one("at", range(1, pages + 1), 1)
    found = published.reviews(scope, wanted, count=PER_PAGE, skip=PER_PAGE * (at - 1))
    parts.html(f'<div class="hy-reviews">{"".join(blocks.review(t, r, names) for r in found)}</div>')
    parts.turn_pages("at", at, pages)
    sources = page.sources(t("source.found", n=t.number(total)), parts.model_line(t, published))
    parts.html(blocks.source(sources))


show()
