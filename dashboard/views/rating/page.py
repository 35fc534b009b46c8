"""Rating: how did an app's rating move, how sure is that, and what were people writing meanwhile?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import streamlit as st

from dashboard import url_state as state
from dashboard.components import elements as parts
from dashboard.components import filters as choices
from dashboard.components import headlines as findings
from dashboard.components import html as blocks
from dashboard.components import legends as captions
from dashboard.components import review_cards as cards
from dashboard.components import tables
from dashboard.components.page import Page, no_reviews, no_topics, of_app
from dashboard.components.theme import Spec
from dashboard.queries import Wanted
from dashboard.rows import Worded
from dashboard.rows.changes import ChangePoint
from dashboard.rows.ratings import DisplayedScore, RatingPeriod, RatingSpan
from dashboard.views.rating import change_points as changes
from dashboard.views.rating import changes as changes_view
from dashboard.views.rating import charts

EXAMPLES = 4
Edges = tuple[RatingSpan, RatingSpan]


def show() -> None:
    """The page."""
    page = of_app("rating")
    if page is None:
        return
    edges = finding(page)
    changes_view.ways_on(page)
    over_time(page, edges)
    changes_view.other_series(page)
    changes_view.changes_and_events(page)
    if not page.span.n_reviews:
        no_reviews(page.t)
        return
    changes_view.before_and_after(page)
    left, right = st.columns([3, 2], gap="large")
    with left:
        by_version(page)
    with right:
        stars(page)
    topics(page)
    reviews(page)


def finding(page: Page) -> Edges:
    """The finding in words, on top; the beginning and the end of the span it stands on."""
    t, published, scope = page.t, page.published, page.scope
    sentences = findings.displayed_sentence(t, published.displayed(scope)) or [t("finding.no_displayed")]
    days = findings.edge_days(scope.days)
    start = published.span(scope.within(scope.first, scope.first + timedelta(days - 1)))
    end = published.span(scope.within(scope.last - timedelta(days - 1), scope.last))
    if page.span.n:
        sentences.append(findings.reviewed_sentence(t, start, end, days))
    if page.span.n_reviews:
        sentences.append(findings.tone_sentence(t, page.span))
    parts.html(blocks.finding(sentences))
    return start, end


def over_time(page: Page, edges: Edges) -> None:
    """Series A and B over time with releases, and how many reviews carry B."""
    t, scope = page.t, page.scope
    st.header(t("rating.over_time"))
    grain = findings.grain_of(scope.days)
    displayed = page.published.displayed(scope)
    periods = page.published.periods(scope, grain)
    changed = changes_view.marked(page)
    legend = [*captions.legend_entries(t, displayed, grain), *changes_view.legend(page, changed)]
    title = findings.over_time_title(t, displayed, *edges)
    unsure = any(d.observed_at_basis != "observed" for d in displayed)
    with parts.figure(
        t,
        "over-time",
        title=title,
        sources=(*page.sources(page.rated(page.span.n)), t("source.basis") if unsure else ""),
        tables={"periods": tables.periods(t, periods), "displayed": tables.displayed(t, displayed)},
        names=captions.names(legend),
    ):
        parts.html(blocks.legend(legend))
        parts.chart("over-time", title, page.of(), lambda: time_chart(page, displayed, periods, changed))
        counts(page, periods)
        parts.html(blocks.source([t("rating.brush")]))
        for note in changes.weighing(t, page.published.series_events(scope)):
            parts.html(blocks.source([note]))


def time_chart(
    page: Page,
    displayed: list[DisplayedScore],
    periods: list[RatingPeriod],
    changed: list[Worded[ChangePoint]],
) -> Spec:
    """The chart of series A and B with their changes of level."""
    t, scope = page.t, page.scope
    return charts.rating_over_time(
        captions.displayed_points(t, displayed),
        [captions.with_words(t, p) for p in periods],
        captions.release_marks(t, page.published.releases(scope)),
        first=scope.first,
        last=scope.last,
        words=captions.chart_words(t),
        date_format=captions.date_format(t, scope.days),
        changes=changed,
    )


def counts(page: Page, periods: list[RatingPeriod]) -> None:
    """How many reviews each period has; days brushed over the bars become the span of the page."""
    t, scope = page.t, page.scope
    drawn = parts.specification(
        page.of("counts"),
        lambda: charts.counts(
            [captions.counted(t, p) for p in periods],
            first=scope.first,
            last=scope.last,
            words=captions.chart_words(t),
            date_format=captions.date_format(t, scope.days),
        ),
    )
    event = st.vega_lite_chart(
        None,
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
    cut = t("rating.newest", n=charts.VERSIONS, all=len(rows)) if len(rows) > charts.VERSIONS else ""
    title = findings.versions_title(t, rows)
    with parts.figure(
        t,
        "versions",
        title=title,
        sources=(*page.sources(page.rated(sum(r.n for r in rows))), cut),
        tables={"versions": tables.versions(t, rows)},
        names=captions.names(captions.interval_legend(t)),
    ):
        parts.html(blocks.legend(captions.interval_legend(t)))
        parts.chart(
            "by-version",
            title,
            page.of(),
            lambda: charts.by_version(captions.version_labels(t, rows), words=captions.chart_words(t)),
        )


def stars(page: Page) -> None:
    """How the stars are spread, against the span before."""
    t = page.t
    st.header(t("rating.stars"))
    before = page.published.span(page.scope.before())
    compared = captions.compared(t, page.scope, before.n, page.known_from)
    title = findings.stars_title(t, page.span, before)
    legend = captions.stars_legend(t, is_compared=bool(before.n))
    with parts.figure(
        t,
        "stars",
        title=title,
        sources=page.sources(page.rated(page.span.n), compared),
        tables={"stars": tables.stars(t, page.span, before)},
        names=captions.names(legend),
    ):
        parts.html(blocks.legend(legend))
        was = before if before.n else None
        parts.chart(
            "stars",
            title,
            page.of(),
            lambda: charts.star_shares(page.span, was, words=captions.chart_words(t)),
        )


def topics(page: Page) -> None:
    """What people wrote about, and what changed against the span before."""
    t, scope = page.t, page.scope
    st.header(t("topics.title"))
    rows = page.published.topics(scope)
    if not rows:
        no_topics(page)
        return
    parts.html(blocks.figure_title(findings.topics_title(t, rows)))
    parts.html(blocks.topics(t, rows, t("topics.caption", span=t.days(scope.first, scope.last))))
    compared = captions.compared(t, scope, rows[0].of_before, page.known_from)
    parts.html(blocks.source(page.sources(*page.read(rows[0].of_now), compared)))
    parts.evidence(t, "topics", tables.topics(t, rows))


def reviews(page: Page) -> None:
    """The newest reviews of the span, and the way to the page that searches them."""
    t, published, scope = page.t, page.published, page.scope
    st.header(t("reviews.title"))
    names = published.topic_names(t.language)
    found = published.reviews(scope, Wanted(), count=EXAMPLES)
    gone, states = published.vanished(scope.app), published.states(scope.app, found)
    parts.html(cards.reviews(t, found, names, states=states, vanished=gone))
    st.page_link(
        "views/reviews/page.py", label=t("reviews.all"), query_params=state.link(**choices.address(scope))
    )
    parts.html(blocks.source(page.sources(t("source.found", n=t.number(page.span.n_reviews)))))


show()
