"""The parts of the Rating page that the analysis fills: changes of level, events, the other series; and two
spans of the reader's choice against each other."""

from __future__ import annotations

from datetime import date, timedelta
from urllib.parse import urlencode

import streamlit as st
from markupsafe import Markup

from dashboard import url_state
from dashboard.components import alarms, drivers, figures, filters, html
from dashboard.components.headlines import series_name, size
from dashboard.components.legends import Legend, Name, chart_words, date_format
from dashboard.components.page import Page, Way, state, ways_on
from dashboard.components.tables import table
from dashboard.i18n import Text
from dashboard.rows import Worded
from dashboard.rows.analysis import ChangePoint, SeriesEvent
from dashboard.rows.reviews import OtherPoint
from dashboard.sanitize import plain, short
from dashboard.views.rating import charts, findings
from dashboard.views.rating.over_time import COLOURS

SIDE = 30
"""So many days stand on each side of a change."""
MOVE = 0.3
"""A displayed score that moved by less leads nowhere: the mean of the reviews does."""
NEAR = 14
"""A release further from a change than so many days is not what the page leads to."""
NOTES = ("reset", "count_fell", "no_new_ratings", "rounding_too_coarse", "outside_scale")
"""Reasons why a period of a series cannot be told that have a word."""
CHANGES = """
    changed_on low_on high_on series store value_before value_after size low high n_before n_after p_value
    due_to_kind due_to due_to_chance hole_from hole_until nearest_release release_distance_days
"""


def marked(page: Page) -> list[Worded[ChangePoint]]:
    """The changes of the span, with their words for the pointer."""
    return [
        Worded(c, f"{findings.change_sentence(page.t, c)} {size(page.t, c)}")
        for c in page.published.change_points(page.scope)
    ]


def clearest(page: Page) -> ChangePoint | None:
    """The change of the mean review rating that stands out most, by its size and the reviews behind it."""
    of_b = [c for c in page.published.change_points(page.scope) if c.series == "B"]
    return max(of_b, key=_clearness, default=None)


def _clearness(change: ChangePoint) -> float:
    """By its size and the reviews behind it; nothing is known of a change without their numbers."""
    return float(abs(change.size) * min(change.n_before or 0, change.n_after or 0) ** 0.5)


def lead(page: Page) -> ChangePoint | None:
    """What the page goes on from: the largest move of a displayed score, which its headline tells, else the
    clearest change of the mean."""
    moves = [
        c
        for c in page.published.change_points(page.scope)
        if c.series == "A" and abs(c.size) >= MOVE and has_release(c) and c.due_to_kind is None
    ]
    return max(moves, key=lambda c: abs(c.size)) if moves else clearest(page)


def has_release(change: ChangePoint) -> bool:
    """Whether a release lies near a change."""
    days = change.release_distance_days
    return change.nearest_release is not None and days is not None and abs(days) <= NEAR


def goes_on(page: Page) -> None:
    """To the release near the change that leads and to the topics that drove it, else to all of the span."""
    change = lead(page)
    ways_on([_to_release(page, change), _to_topics(page, change), *_to_peers(page)])


def _to_peers(page: Page) -> list[Way]:
    """To the apps that a store puts into the same category, where there are some."""
    app = page.scope.app
    if not any(c.app == app and c.n_apps > 1 for c in page.published.categories()):
        return []
    return [("compare", page.t("ways.peers"), {"peers": app})]


def _to_release(page: Page, change: ChangePoint | None) -> Way:
    t, address = page.t, filters.address(page.scope)
    version = change.nearest_release if change is not None and has_release(change) else None
    if change is None or version is None:
        return "releases", t("ways.releases"), address
    words = t("ways.release", version=short(plain(version), 24), store=t.store(change.store))
    return "releases", words, {**address, "release": f"{change.store}/{version}"}


def _to_topics(page: Page, change: ChangePoint | None) -> Way:
    t, address = page.t, filters.address(page.scope)
    if change is None:
        return "topics", t("ways.topics"), address
    known = [c for c in page.published.comparisons(page.scope) if c.store == change.store]
    version = change.nearest_release if has_release(change) else None
    if version is not None:
        of_release = [c for c in known if c.kind == drivers.RELEASE and c.release_version == version]
        words = t("ways.release_topics", version=short(plain(version), 24))
        for comparison in of_release:
            return "topics", words, {**address, "compare": drivers.key(comparison)}
    for comparison in known:
        if comparison.kind == drivers.CHANGE and comparison.changed_on == change.changed_on:
            words = t("ways.drivers", day=t.day(change.changed_on))
            return "topics", words, {**address, "compare": drivers.key(comparison)}
    return "topics", t("ways.topics"), address


def legend(page: Page, rows: list[Worded[ChangePoint]]) -> Legend:
    """The names of the marks of changes that are there."""
    t = page.t
    return [
        (f"change-{s}", t("changes.legend", series=series_name(t, s)), t("changes.mark"))
        for s in ("A", "B")
        if any(r.row.series == s for r in rows)
    ]


def star_alarms(page: Page) -> None:
    """Every alarm on stars and texts, whatever the span: the open ones in a sentence each, all as a table."""
    t = page.t
    if not page.published.has("alarms"):
        return
    rows = page.published.star_alarms(page.scope)
    st.header(t("star_alarms.title"))
    those = [a for a in rows if a.is_open]
    topics = page.published.topic_names(t.language)
    st.html(html.finding(t, [alarms.sentence(t, a, topics) for a in those] or [t("star_alarms.none_open")]))
    if rows:
        of = (t("star_alarms.method"), t("releases.basis"), *page.evidence, *page.languages())
        told = table(t, rows, alarms.COLUMNS, became=lambda a: alarms.became(t, a))
        figures.evidence(t, "star_alarms", told, read=alarms.table(t, rows, topics), sources=of)


def changes_and_events(page: Page) -> None:
    """When the level changed, and what happened besides releases."""
    t = page.t
    st.header(t("changes.title"))
    if not page.published.has("change_points"):
        state(t, "not_analysed", "stale")
        return
    rows = page.published.change_points(page.scope)
    st.html(html.figure_title(findings.changes_headline(t, rows)))
    if rows:
        told = table(t, rows, CHANGES, due_to=lambda r: r.due_to)
        of = page.sources(t("changes.method"))
        figures.evidence(t, "changes", told, read=changes_table(t, rows), sources=of)
    happened = [e for e in page.published.series_events(page.scope) if e.kind != findings.OFTEN]
    if happened:
        st.html(html.figure_title(t("events.title", n=len(happened))))
        told = table(t, happened, "happened_at until store event", event=lambda e: findings.event(t, e))
        of = (t("events.method"),)
        figures.evidence(t, "events", told, read=events_table(t, happened), sources=of)


def changes_table(t: Text, rows: list[ChangePoint]) -> Markup:
    """Every change with the intervals of its day and its size, the newest first."""
    heads = [t(f"changes.head_{k}") for k in ("day", "series", "level", "size", "n", "near")]
    cells = [
        [
            html.two_lines(t.day(r.changed_on), t.days(r.low_on, r.high_on)),
            html.two_lines(series_name(t, r.series), t.store(r.store), strong=False),
            t("changes.level", before=t.stars(r.value_before), after=t.stars(r.value_after)),
            html.sized(
                t.signed(r.size),
                t("changes.between", low=t.signed(r.low), high=t.signed(r.high)),
                up=r.size > 0,
            ),
            findings.sides(t, r),
            findings.due(t, r),
        ]
        for r in sorted(rows, key=lambda r: r.changed_on, reverse=True)
    ]
    return html.table(t("changes.caption"), heads, cells)


def events_table(t: Text, rows: list[SeriesEvent]) -> Markup:
    """Every event with its days, its store and who says so."""
    heads = [t("changes.head_day"), t("columns.store"), t("events.head"), t("columns.source")]
    cells = [
        [
            findings.event_days(t, r),
            t.store(r.store),
            html.wrapped(findings.event(t, r)),
            t("events.detected" if r.source == "detected" else "events.told"),
        ]
        for r in sorted(rows, key=lambda r: r.happened_at, reverse=True)
    ]
    return html.table(t("events.caption"), heads, cells)


def other_series(page: Page) -> None:
    """Series C and D, each by itself: Play Console's own average, the mean of new App Store ratings."""
    t = page.t
    known: dict[tuple[str, str], list[Worded[OtherPoint]]] = {}
    for row in page.published.other_series(page.scope):
        tip = t.days(row.period_start, row.period_end)
        known.setdefault((row.series, row.store), []).append(Worded(row, tip))
    for (series, store), rows in known.items():
        if any(r.row.is_valid and r.row.value is not None for r in rows):
            one_series(page, series, store, rows)


def one_series(page: Page, series: str, store: str, rows: list[Worded[OtherPoint]]) -> None:
    """One of the other series, never on the axes of A and B."""
    t, scope = page.t, page.scope
    good = [r.row for r in rows if r.row.is_valid and r.row.value is not None]
    name = series_name(t, series)
    title = t(
        "changes.went", series=name, first=t.stars(good[0].value), last=t.stars(good[-1].value),
        n=len(good), all=len(rows),
    )  # fmt: skip
    told = table(
        t, [r.row for r in rows], "first_day last_day store ratings mean low high why",
        first_day=lambda r: r.period_start, last_day=lambda r: r.period_end, ratings=lambda r: r.n,
        mean=lambda r: r.value, why=lambda r: t(f"changes.why_{r.note}") if r.note in NOTES else r.note,
    )  # fmt: skip
    key = f"series-{series}-{store}"
    with figures.figure(
        t, key, title=title, sources=page.sources(t(f"changes.about_{series}")),
        tables={f"series_{series}": told}, names=[Name(name, "line", COLOURS[series])],
    ):  # fmt: skip
        st.html(html.legend([(f"series-{series}", name, t(f"changes.note_{series}"))]))
        figures.chart(
            key, title, page.of(key),
            lambda: charts.one_series(
                rows, series=series, first=scope.first, last=scope.last, words=chart_words(t),
                date_format=date_format(t, scope.days),
            ),
        )  # fmt: skip


def before_and_after(page: Page) -> None:
    """Two spans of the reader's choice, as a sentence and a link that can be passed on."""
    t, scope = page.t, page.scope
    first, last = page.published.known_days(scope.app) or (scope.first, scope.last)
    usual = _usual(page, first, last)
    # A pair that a link names, or that was chosen here, is what its reader came for.
    is_chosen = any(url_state.is_asked(key) for key in usual)
    with st.expander(t("compare.title"), expanded=is_chosen):
        _compared(page, usual, first, last)


def _compared(page: Page, usual: dict[str, tuple[date, date]], first: date, last: date) -> None:
    t, published, scope = page.t, page.published, page.scope
    with st.container(horizontal=True, gap="medium"):
        spans = [_days(page, key, days, first, last) for key, days in usual.items()]
    if not all(len(s) == 2 for s in spans):
        st.html(html.source([t("compare.second")]))
        return
    before, after = ((s[0], s[1]) for s in spans)
    rows = [published.span(scope.within(*s)) for s in (before, after)]
    app = filters.app_names(published.overview()).get(scope.app, scope.app)
    said = findings.compared(t, app, (t.days(*before), t.days(*after)), *rows)
    st.html(html.figure_title(said))
    where = [t.store(s) for s in scope.stores or ()] + [t.place(p) for p in scope.places or ()]
    where += [plain(v) for v in scope.versions or ()]
    st.html(html.source([t("compare.method"), t.listed(where), *page.evidence]))
    st.html(html.source([t("compare.share")]))
    st.code(f"{said}\n{_address(page, before, after)}", language=None, wrap_lines=True)


def _usual(page: Page, first: date, last: date) -> dict[str, tuple[date, date]]:
    """Where nothing is chosen: the days on each side of the clearest change, else the newest sixty."""
    change = clearest(page)
    turn = max(first, last - timedelta(SIDE - 1)) if change is None else change.changed_on
    start, end = max(first, turn - timedelta(SIDE)), max(first, turn - timedelta(1))
    return {"before": (start, end), "after": (turn, min(last, turn + timedelta(SIDE - 1)))}


def _days(page: Page, key: str, usual: tuple[date, date], first: date, last: date) -> tuple[date, ...]:
    url_state.choose_days(key, first, last, usual)
    st.date_input(
        page.t(f"compare.{key}_days"), [], min_value=first, max_value=last, key=key, format="YYYY-MM-DD",
        width=260,
    )  # fmt: skip
    chosen: tuple[date, ...] = st.session_state[key]
    url_state.write(key, chosen if chosen != usual else ())
    return chosen


def _address(page: Page, before: tuple[date, date], after: tuple[date, date]) -> str:
    """The whole address of this view."""
    values = url_state.link(**{**filters.address(page.scope), "before": before, "after": after})
    return f"{(st.context.url or '').split('?')[0]}?{urlencode(values, doseq=True)}"
