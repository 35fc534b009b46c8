"""Topics: what are people writing about, what drove the change, what to fix first, and what is unusual?"""

from __future__ import annotations

import streamlit as st
from markupsafe import Markup

from dashboard import url_state
from dashboard.components import drivers, figures, filters, html, tables
from dashboard.components.headlines import measured, topics_title, with_interval
from dashboard.components.html import Cell
from dashboard.components.legends import compared
from dashboard.components.page import Page, no_topics, of_app, state, to_reviews, ways_on
from dashboard.components.tables import table
from dashboard.i18n import NOTHING, Text
from dashboard.rows import Worded
from dashboard.rows.analysis import Alarm, AuditFigure, Comparison, TopicChange, TopicGain
from dashboard.sanitize import plain, short
from dashboard.views.topics import charts, with_error

NO_OWNER = "-"
"""The team of a topic that nobody owns."""
PERIODS = "first_day topic n n_negative share share_negative of_all"
GAINS = """
    topic team store gain low high n_complaints share_complaints mean_with mean_without n window_from
    window_until
"""
ALARMS = "day store topic measure observed expected low high p_value n"
ALL = "all"
TOPICS, GAINED = 8, 5
"""So many rows of the lists are shown; all of them unfold."""


def show() -> None:
    """The page."""
    page = of_app("topics")
    if page is None:
        return
    if not page.span.n_reviews:
        state(page.t, "span")
        return
    rows = page.published.topics(page.scope)
    if not rows:
        no_topics(page)
        return
    st.html(html.finding(page.t, [*asked_for(page), topics_title(page.t, rows)]))
    over_time(page, rows)
    if not page.published.has("fix_first"):
        state(page.t, "not_analysed", "stale")
        return
    topic_gain(page)
    what_drove(page)
    alarms(page)


def asked_for(page: Page) -> list[str]:
    """What drove the comparison that a link names, so that who follows one reads the answer first."""
    t = page.t
    of, usual = comparisons(page)
    chosen = url_state.choose_one("compare", list(of), usual) if of else None
    if chosen is None or chosen == usual:
        return []
    rows = drivers.topics(page, of[chosen])
    named = {c.store for c in of.values()}
    name = comparison_name(page, of[chosen], with_store=len(named) > 1)
    return [t("drivers.asked", comparison=name, said=drivers.finding(t, of[chosen], rows))] if rows else []


def comparisons(page: Page) -> tuple[dict[str, Comparison], str | None]:
    """What can be compared, by its key in the address, the newest first, and what is where nobody chose."""
    of = {drivers.key(c): c for c in reversed(page.published.comparisons(page.scope))}
    latest = (k for k, c in of.items() if c.kind == drivers.LATEST)
    return of, next(latest, next(iter(of), None))


def comparison_name(page: Page, of: Comparison, *, with_store: bool) -> str:
    """What is compared, by name."""
    name = drivers.comparison_name(page.t, of)
    return f"{name} · {page.t.store(of.store)}" if with_store else name


def over_time(page: Page, rows: list[TopicChange]) -> None:
    """Complaints by topic over time, and the topics of the span."""
    t = page.t
    names = page.published.topic_names(t.language)
    grain = "week" if page.scope.days <= 120 else "month"
    periods = [
        charts.NamedPeriod(
            r,
            names.get(r.topic, r.topic),
            t.month(r.first_day) if grain == "month" else t.day(r.first_day),
        )
        for r in page.published.topic_periods(page.scope, grain)
    ]
    order: list[str] = [str(names.get(r.topic, r.topic)) for r in sorted(rows, key=lambda r: -r.n_negative)]
    title = t("complaints.complained", topics=t.listed(order[:3]))
    read = page.read(rows[0].of_now)
    told = table(t, [Worded(p.row, p.topic) for p in periods], PERIODS, topic=lambda r: r.words)
    with figures.figure(
        t, "topics-over-time", title=title,
        sources=page.sources(*read, t(f"complaints.by_{grain}"), t("complaints.thin", n=charts.THIN)),
        tables={"topic_periods": told}, level=2,
    ):  # fmt: skip
        words = {k: t(f"complaints.chart_{k}") for k in ("share", "topic", "when", "negative", "n", "of_all")}
        figures.chart(
            "topics-over-time", title, page.of(grain),
            lambda: charts.over_time(periods, order, words=words),
        )  # fmt: skip
    caption = t("topics.caption", span=t.days(page.scope.first, page.scope.last))
    st.html(html.topics(t, rows[:TOPICS], caption))
    against = compared(t, page.scope, rows[0].of_before, page.known_from)
    st.html(html.source(page.sources(against)))
    address = filters.address(page.scope)
    ways = [
        ("reviews", str(names.get(r.topic, r.topic)), {**address, "topic": r.topic}) for r in rows[:TOPICS]
    ]
    st.html(html.name(t("topics.to_reviews")))
    ways_on(ways, "topics")
    figures.evidence(t, "topics", tables.topics(t, rows), read=html.topics(t, rows, caption))
    with_error.switch(page)


def topic_gain(page: Page) -> None:
    """Topics by what the mean would gain if their complaints went away; one team's list or all."""
    t = page.t
    st.header(t("gain.title"))
    names = page.published.topic_names(t.language)
    rows = [Worded(r, names.get(r.topic, r.topic)) for r in page.published.topic_gains(page.scope)]
    if not rows:
        st.html(html.notice("empty", t("gain.empty_title"), t("gain.empty")))
        return
    teams = sorted({team_of(r) for r in rows})
    team = url_state.choose_one("team", [ALL, *teams], ALL)
    st.selectbox(
        t("gain.team"), [ALL, *teams], key="team", width=280,
        format_func=lambda k: {ALL: t("gain.all"), NO_OWNER: t("gain.unowned")}.get(k, plain(k)),
    )  # fmt: skip
    url_state.write("team", [team] if team != ALL else [])
    shown = [r for r in rows if team in (ALL, team_of(r))]
    st.html(html.figure_title(gain_title(page, shown)))
    st.html(gain_table(page, shown[:GAINED]))
    window = t.days(shown[0].row.window_from, shown[0].row.window_until)
    st.html(
        html.source(
            (window, t("releases.basis"), *page.evidence, t("gain.method"), *page.languages(again=True))
        )
    )
    told = table(t, shown, GAINS, topic=lambda r: r.words, team=lambda r: plain(team_of(r)))
    figures.evidence(t, "topic_gain", told, read=gain_table(page, shown))


def team_of(topic: Worded[TopicGain]) -> str:
    """The team that owns a topic."""
    return topic.row.owner or NO_OWNER


def gain_title(page: Page, rows: list[Worded[TopicGain]]) -> str:
    """The topic with the largest gain, in a sentence."""
    t = page.t
    sure = [r for r in rows if r.row.verdict == "gain"]
    if not sure:
        return t("gain.none_sure")
    first = sure[0].row
    return t(
        "gain.finding", topic=sure[0].words, store=t.store(first.store), gain=t.signed(first.gain),
        low=t.signed(first.low), high=t.signed(first.high), n=first.n_complaints,
    )  # fmt: skip


def gain_table(page: Page, rows: list[Worded[TopicGain]]) -> Markup:
    """The list, most gain first; topics of too few complaints say so."""
    t = page.t
    named = len({r.row.store for r in rows}) > 1
    heads = [t(f"gain.head_{k}") for k in ("topic", "team", "gain", "complaints", "verdict")]
    cells = [_gain(t, r, named) for r in rows]
    return html.table(t("gain.caption"), heads, cells, (2, 3))


def _gain(t: Text, topic: Worded[TopicGain], named: bool) -> list[Cell]:
    r, team = topic.row, team_of(topic)
    return [
        topic.words + (f" · {t.store(r.store)}" if named else ""),
        t("gain.unowned") if team == NO_OWNER else team,
        NOTHING if r.gain is None else with_interval(t, r.gain, r.low, r.high),
        t("gain.complaints", n=r.n_complaints, share=t.percent(r.share_complaints)),
        t(f"gain.verdict_{r.verdict}"),
    ]


def what_drove(page: Page) -> None:
    """What drove the change of one comparison, chosen in the address."""
    t = page.t
    st.header(t("drivers.title"))
    of, usual = comparisons(page)
    if usual is None:
        drivers.nothing(t)
        return
    named = len({c.store for c in of.values()}) > 1
    chosen = url_state.choose_one("compare", list(of), usual)
    st.selectbox(
        t("drivers.choose"), list(of), key="compare", width=420,
        format_func=lambda k: comparison_name(page, of[k], with_store=named),
    )  # fmt: skip
    url_state.write("compare", [chosen])
    drivers.figure(page, of[chosen], again=True)
    comparison = of[chosen]
    if comparison.kind == drivers.RELEASE and comparison.release_version is not None:
        version = comparison.release_version
        address = {**filters.address(page.scope), "release": f"{comparison.store}/{version}"}
        words = t("ways.release", version=short(plain(version), 24), store=t.store(comparison.store))
        ways_on([("releases", words, address)])


def alarms(page: Page) -> None:
    """Days that were unusual, and how often such an alarm is false."""
    t = page.t
    st.header(t("alarms.title"))
    watched = page.published.days_watched(page.scope)
    if not watched:
        st.html(html.notice("empty", t("alarms.unwatched_title"), t("alarms.unwatched")))
        return
    names = page.published.topic_names(t.language)
    rows = [
        Worded(r, t("alarms.all") if r.topic == ALL else names.get(r.topic, r.topic))
        for r in page.published.alarms(page.scope)
    ]
    days = t.days(watched[0].first_day, watched[-1].last_day)
    basis = (
        t("alarms.rate", rate=t.percent(watched[0].threshold)),
        replayed(t, page.published.audit()),
    )
    if rows:
        heads = [t(f"alarms.head_{k}") for k in ("day", "topic", "what", "observed", "expected")]
        cells = [alarm(page, r) for r in rows]
        read = html.table(t("alarms.caption", days=days), heads, cells, (3, 4))
        newest = max(r.row.day for r in rows)
        st.html(html.figure_title(t("alarms.finding", n=len(rows), day=t.day(newest))))
        figures.evidence(t, "alarms", table(t, rows, ALARMS, topic=lambda r: r.words), read=read)
    else:
        st.html(html.notice("complete", t("alarms.none_title"), t("alarms.none", days=days)))
    st.html(html.source((days, *basis, *page.evidence, *page.languages(again=True))))
    to_reviews(page)


def replayed(t: Text, audit: list[AuditFigure]) -> str:
    """How often an ordinary day raised an alarm when the past was replayed, as measured on this data."""
    rows = [r for r in audit if r.test == "anomaly_replay" and not r.effect]
    return t("alarms.audited", **measured(t, rows)) if rows else t("alarms.unaudited")


def alarm(page: Page, unusual: Worded[Alarm]) -> list[Cell]:
    """One alarm as a line of the table."""
    t, r = page.t, unusual.row
    write = t.number if r.measure == "count" else t.percent
    usual = t("alarms.usual", expected=write(r.expected), low=write(r.low), high=write(r.high))
    what = t("alarms.count" if r.measure == "count" else "alarms.sentiment")
    return [t.day(r.day), unusual.words, what, write(r.observed), usual]


if __name__ == "__main__":
    show()
