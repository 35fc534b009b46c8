"""Rating: how did an app's rating move, how sure is that, and what were people writing meanwhile?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import streamlit as st

from dashboard.components import figures, filters, html, review_list, tables, theme
from dashboard.components.figures import Spec
from dashboard.components.headlines import displayed_sentences, topics_title
from dashboard.components.legends import (
    SMALL,
    chart_words,
    compared,
    date_format,
    grain_of,
    names,
)
from dashboard.components.page import Page, no_topics, of_app, state, to_reviews
from dashboard.components.tables import share, table
from dashboard.queries import Wanted
from dashboard.rows import Worded
from dashboard.rows.analysis import ChangePoint
from dashboard.rows.reviews import DisplayedScore, RatingPeriod, RatingSpan
from dashboard.views.rating import changes, charts, findings, over_time

EXAMPLES = 2
TOPICS = 5
"""So many topics are shown; the page Topics has all."""
PERIODS = "first_day last_day n mean low high"
DISPLAYED = "observed_at store country displayed_score ratings_count version"
VERSIONS = "version store n mean low high released_on first_day last_day"
Edges = tuple[RatingSpan, RatingSpan]


def show() -> None:
    """The page."""
    page = of_app("rating")
    if page is None:
        return
    edges = finding(page)
    rating_over_time(page, edges)
    changes.goes_on(page)
    changes.other_series(page)
    changes.star_alarms(page)
    changes.changes_and_events(page)
    if not page.span.n_reviews:
        state(page.t, "span")
        return
    changes.before_and_after(page)
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
    sentences = displayed_sentences(t, published.displayed(scope), published.series_events(scope))
    has_displayed = bool(sentences)
    days = findings.edge_days(scope.days)
    start = published.span(scope.within(scope.first, scope.first + timedelta(days - 1)))
    end = published.span(scope.within(scope.last - timedelta(days - 1), scope.last))
    if page.span.n:
        sentences.append(findings.reviewed_sentence(t, start, end, days))
    # What is missing does not lead where something is known.
    sentences += [] if has_displayed else [t("finding.no_displayed")]
    st.html(html.finding(t, sentences))
    return start, end


def rating_over_time(page: Page, edges: Edges) -> None:
    """Series A and B over time with releases, and how many reviews carry B."""
    t, scope = page.t, page.scope
    grain = grain_of(scope.days)
    displayed = page.published.displayed(scope)
    periods = page.published.periods(scope, grain)
    changed = changes.marked(page)
    legend = [*over_time.legend_entries(t, displayed, grain), *changes.legend(page, changed)]
    title = findings.over_time_title(t, displayed, *edges)
    unsure = any(d.observed_at_basis != "observed" for d in displayed)
    with figures.figure(
        t,
        "over-time",
        title=title,
        sources=(*page.sources(page.rated(page.span.n)), t("source.basis") if unsure else ""),
        tables={
            "periods": table(t, periods, PERIODS),
            "displayed": table(t, list(reversed(displayed)), DISPLAYED),
        },
        names=names(legend),
        level=2,
    ):
        figures.chart("over-time", title, page.of(), lambda: time_chart(page, displayed, periods, changed))
        counts(page, periods)
        st.html(html.source([t("rating.brush")]))
        st.html(html.legend(legend))
        notes = findings.weighing(t, page.published.series_events(scope))
        if notes:
            st.html(html.method(t, notes))


def time_chart(
    page: Page,
    displayed: list[DisplayedScore],
    periods: list[RatingPeriod],
    changed: list[Worded[ChangePoint]],
) -> Spec:
    """The chart of series A and B with their changes of level."""
    t, scope = page.t, page.scope
    return over_time.rating_over_time(
        over_time.displayed_points(t, displayed),
        [over_time.with_words(t, p) for p in periods],
        over_time.release_marks(t, page.published.releases(scope)),
        first=scope.first,
        last=scope.last,
        words=chart_words(t),
        date_format=date_format(t, scope.days),
        changes=changed,
    )


def counts(page: Page, periods: list[RatingPeriod]) -> None:
    """How many reviews each period has; days brushed over the bars become the span of the page."""
    t, scope = page.t, page.scope
    drawn = figures.specification(
        page.of("counts"),
        lambda: theme.counts(
            [theme.counted(t, p, p.n) for p in periods],
            first=scope.first,
            last=scope.last,
            words=chart_words(t),
            date_format=date_format(t, scope.days),
        ),
    )
    event = st.vega_lite_chart(
        None,
        drawn,
        # A new span is a new chart, so that no old brush lies over it.
        key=f"counts-{scope.first}-{scope.last}",
        alt=t("rating.counts_told"),
        on_select="rerun",
        selection_mode=theme.BRUSH,
    )
    brushed: dict[str, list[float]] = event["selection"].get(theme.BRUSH, {})
    edges = sorted(next(iter(brushed.values()), []))
    if len(edges) == 2:
        start, end = (datetime.fromtimestamp(e / 1000, UTC).date() for e in edges)
        filters.narrow(scope, start, end)


def by_version(page: Page) -> None:
    """Mean review rating of each version."""
    t = page.t
    st.header(t("rating.by_version"))
    rows = page.published.versions(page.scope)
    cut = t("rating.newest", n=charts.VERSIONS, all=len(rows)) if len(rows) > charts.VERSIONS else ""
    title = findings.versions_title(t, rows)
    several = len({r.store for r in rows}) > 1
    named = [Worded(r, t.version(r.version) + (f" · {t.store(r.store)}" if several else "")) for r in rows]
    legend = [
        ("b", t("series.B"), t("legend.reviewed_interval")),
        ("small", t("legend.small"), t("legend.small_note", n=SMALL)),
    ]
    with figures.figure(
        t,
        "versions",
        title=title,
        sources=(
            *page.sources(page.rated(sum(r.n for r in rows))),
            cut,
            findings.without_version(t, rows),
        ),
        tables={"versions": table(t, rows, VERSIONS)},
        names=names(legend),
    ):
        st.html(html.legend(legend))
        words = chart_words(t)
        figures.chart("by-version", title, page.of(), lambda: charts.by_version(named, words=words))


def stars(page: Page) -> None:
    """How the stars are spread, against the span before."""
    t = page.t
    st.header(t("rating.stars"))
    before = page.published.span(page.scope.before())
    title = findings.stars_title(t, page.span, before)
    legend = [("count", t("legend.this_span"), "")]
    legend += [("before", t("legend.span_before"), "")] if before.n else []
    with figures.figure(
        t,
        "stars",
        title=title,
        sources=page.sources(page.rated(page.span.n), compared(t, page.scope, before.n, page.known_from)),
        tables={"stars": stars_table(page, before)},
        names=names(legend),
    ):
        st.html(html.legend(legend))
        was, words = before if before.n else None, chart_words(t)
        figures.chart("stars", title, page.of(), lambda: charts.star_shares(page.span, was, words=words))


def stars_table(page: Page, before: RatingSpan) -> tables.Table:
    """The spread of the stars in two spans."""
    now, was = page.span.by_stars(), before.by_stars()
    return table(
        page.t, sorted(now, reverse=True), "stars n share share_before", stars=lambda k: k,
        n=lambda k: now[k], share=lambda k: share(now[k], page.span.n),
        share_before=lambda k: share(was[k], before.n),
    )  # fmt: skip


def topics(page: Page) -> None:
    """What people wrote about, and what changed against the span before."""
    t, scope = page.t, page.scope
    st.header(t("topics.title"))
    st.html(html.note(findings.sentiment_sentence(t, page.span)))
    rows = page.published.topics(scope)
    if not rows:
        no_topics(page)
        return
    st.html(html.figure_title(topics_title(t, rows)))
    caption = t("topics.caption", span=t.days(scope.first, scope.last))
    st.html(html.topics(t, rows[:TOPICS], caption))
    against = compared(t, scope, rows[0].of_before, page.known_from)
    st.html(html.source(page.sources(*page.read(rows[0].of_now), against)))
    figures.evidence(t, "topics", tables.topics(t, rows))


def reviews(page: Page) -> None:
    """The newest reviews of the span, and the way to the page that searches them."""
    t, published, scope = page.t, page.published, page.scope
    st.header(t("nav.reviews"))
    topic_names = published.topic_names(t.language)
    found = published.reviews(scope, Wanted(), count=EXAMPLES)
    review_list.show("newest", t, published, scope.app, found, topic_names)
    to_reviews(page)
    st.html(html.source(page.sources(t("source.found", n=page.span.n_reviews))))


if __name__ == "__main__":
    show()
