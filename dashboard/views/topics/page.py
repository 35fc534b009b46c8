"""Topics: what are people writing about, what drove the change, what to fix first, and what is unusual?"""

from __future__ import annotations

import streamlit as st

from dashboard import url_state as state
from dashboard.components import elements as parts
from dashboard.components import filters as choices
from dashboard.components import headlines as findings
from dashboard.components import html as blocks
from dashboard.components import legends as captions
from dashboard.components import tables
from dashboard.components.page import Page, no_reviews, no_topics, of_app
from dashboard.i18n import NOTHING, Text
from dashboard.rows import Worded
from dashboard.rows.changes import Comparison
from dashboard.rows.topics import Alarm, FixFirst, TopicChange
from dashboard.sanitize import markup, plain, short
from dashboard.views.releases import drivers as drivers_view
from dashboard.views.releases import verdicts
from dashboard.views.topics import charts as topic_charts

ALL = "all"


def show() -> None:
    """The page."""
    page = of_app("topics")
    if page is None:
        return
    if not page.span.n_reviews:
        no_reviews(page.t)
        return
    rows = page.published.topics(page.scope)
    if not rows:
        no_topics(page)
        return
    parts.html(blocks.finding([*asked_for(page), findings.topics_title(page.t, rows)]))
    over_time(page, rows)
    if not page.published.has("fix_first"):
        parts.not_analysed(page.t)
        return
    fix_first(page)
    drivers(page)
    alarms(page)


def asked_for(page: Page) -> list[str]:
    """What drove the comparison that a link names, so that who follows one reads the answer first."""
    t = page.t
    of, usual = comparisons(page)
    chosen = state.choose_one("compare", list(of), usual) if of else None
    if chosen is None or chosen == usual:
        return []
    rows = drivers_view.drivers(page, of[chosen])
    named = {c.store for c in of.values()}
    name = comparison_name(page, of[chosen], with_store=len(named) > 1)
    return (
        [t("drivers.asked", comparison=name, said=drivers_view.finding(t, of[chosen], rows))] if rows else []
    )


def comparisons(page: Page) -> tuple[dict[str, Comparison], str | None]:
    """What can be compared, by its key in the address, the newest first, and what is where nobody chose."""
    of = {drivers_view.key(c): c for c in reversed(page.published.comparisons(page.scope))}
    latest = (k for k, c in of.items() if c.kind == drivers_view.LATEST)
    return of, next(latest, next(iter(of), None))


def comparison_name(page: Page, of: Comparison, *, with_store: bool) -> str:
    """What is compared, by name."""
    name = drivers_view.comparison_name(page.t, of)
    return f"{name} · {page.t.store(of.store)}" if with_store else name


def over_time(page: Page, rows: list[TopicChange]) -> None:
    """Complaints by topic over time, and the topics of the span."""
    t = page.t
    st.header(t("topics.over_time"))
    names = page.published.topic_names(t.language)
    grain = "week" if page.scope.days <= 120 else "month"
    periods = [
        topic_charts.NamedPeriod(
            r,
            names.get(r.topic, r.topic),
            t.month(r.first_day) if grain == "month" else t.day(r.first_day),
        )
        for r in page.published.topic_periods(page.scope, grain)
    ]
    order: list[str] = [str(names.get(r.topic, r.topic)) for r in sorted(rows, key=lambda r: -r.n_negative)]
    title = t("topics.complained", topics=t.listed(order[:3]))
    read = page.read(rows[0].of_now)
    with parts.figure(
        t, "topics-over-time", title=title, sources=page.sources(*read, t(f"topics.by_{grain}")),
        tables={"topic_periods": tables.topic_periods(t, periods)},
    ):  # fmt: skip
        words = {k: t(f"topics.chart_{k}") for k in ("share", "topic", "when", "negative", "n")}
        parts.chart(
            "topics-over-time", title, page.of(grain),
            lambda: topic_charts.over_time(periods, order, words=words),
        )  # fmt: skip
    parts.html(blocks.topics(t, rows, t("topics.caption", span=t.days(page.scope.first, page.scope.last))))
    compared = captions.compared(t, page.scope, rows[0].of_before, page.known_from)
    parts.html(blocks.source(page.sources(*read, compared)))
    parts.evidence(t, "topics", tables.topics(t, rows))


def fix_first(page: Page) -> None:
    """Topics by what the mean would gain if their complaints went away; one team's list or all."""
    t = page.t
    st.header(t("fix.title"))
    names = page.published.topic_names(t.language)
    rows = [Worded(r, names.get(r.topic, r.topic)) for r in page.published.fix_first(page.scope)]
    if not rows:
        parts.html(blocks.notice("empty", t("fix.empty_title"), t("fix.empty")))
        return
    teams = sorted({team_of(r) for r in rows})
    team = state.choose_one("team", [ALL, *teams], ALL)
    st.selectbox(
        t("fix.team"), [ALL, *teams], key="team", width=280,
        format_func=lambda k: {ALL: t("fix.all"), tables.NO_OWNER: t("fix.unowned")}.get(k, plain(k)),
    )  # fmt: skip
    state.write("team", [team] if team != ALL else [])
    shown = [r for r in rows if team in (ALL, team_of(r))]
    parts.html(blocks.figure_title(fix_title(page, shown)))
    parts.html(fix_table(page, shown))
    window = t.days(shown[0].row.window_from, shown[0].row.window_until)
    parts.html(blocks.source((window, t("releases.basis"), *page.evidence, t("fix.method"))))
    parts.evidence(t, "fix_first", tables.fix_first(t, shown))


def team_of(topic: Worded[FixFirst]) -> str:
    """The team that owns a topic."""
    return topic.row.owner or tables.NO_OWNER


def fix_title(page: Page, rows: list[Worded[FixFirst]]) -> str:
    """The topic with the largest gain, in a sentence."""
    t = page.t
    sure = [r for r in rows if r.row.verdict == "gain"]
    if not sure:
        return t("fix.none_sure")
    first = sure[0].row
    return t(
        "fix.finding", topic=sure[0].words, store=t.store(first.store), gain=t.signed(first.gain),
        low=t.signed(first.low), high=t.signed(first.high), n=t.number(first.n_complaints),
    )  # fmt: skip


def fix_table(page: Page, rows: list[Worded[FixFirst]]) -> str:
    """The list, most gain first; topics of too few complaints say so."""
    t = page.t
    named = len({r.row.store for r in rows}) > 1
    heads = [t(f"fix.head_{k}") for k in ("topic", "team", "gain", "complaints", "verdict")]
    cells = [_fix(t, r, named) for r in rows]
    return blocks.rich_table(t("fix.caption"), heads, cells, (2, 3))


def _fix(t: Text, topic: Worded[FixFirst], named: bool) -> list[str]:
    r, team = topic.row, team_of(topic)
    gain = t("verdict.plain", value=t.signed(r.gain), low=t.signed(r.low), high=t.signed(r.high))
    return [
        markup(topic.words + (f" · {t.store(r.store)}" if named else "")),
        markup(t("fix.unowned") if team == tables.NO_OWNER else plain(team)),
        NOTHING if r.gain is None else markup(gain),
        markup(t("fix.complaints", n=t.number(r.n_complaints), share=t.percent(r.share_complaints))),
        markup(t(f"fix.verdict_{r.verdict}")),
    ]


def drivers(page: Page) -> None:
    """What drove the change of one comparison, chosen in the address."""
    t = page.t
    st.header(t("drivers.title"))
    of, usual = comparisons(page)
    if usual is None:
        parts.html(blocks.notice("empty", t("drivers.empty_title"), t("drivers.empty")))
        return
    named = len({c.store for c in of.values()}) > 1
    chosen = state.choose_one("compare", list(of), usual)
    st.selectbox(
        t("drivers.choose"), list(of), key="compare", width=420,
        format_func=lambda k: comparison_name(page, of[k], with_store=named),
    )  # fmt: skip
    state.write("compare", [chosen])
    drivers_view.figure(page, of[chosen])
    comparison = of[chosen]
    if comparison.kind == drivers_view.RELEASE and comparison.release_version is not None:
        version = comparison.release_version
        address = {**choices.address(page.scope), "release": f"{comparison.store}/{version}"}
        words = t("ways.release", version=short(plain(version), 24), store=t.store(comparison.store))
        parts.ways_on([("releases", words, address)])


def alarms(page: Page) -> None:
    """Days that were unusual, and how often such an alarm is false."""
    t = page.t
    st.header(t("alarms.title"))
    watched = page.published.days_watched(page.scope)
    if not watched:
        parts.html(blocks.notice("empty", t("alarms.unwatched_title"), t("alarms.unwatched")))
        return
    names = page.published.topic_names(t.language)
    rows = [
        Worded(r, t("alarms.all") if r.topic == ALL else names.get(r.topic, r.topic))
        for r in page.published.alarms(page.scope)
    ]
    days = t.days(watched[0].first_day, watched[-1].last_day)
    basis = (
        t("alarms.rate", rate=t.percent(watched[0].threshold)),
        verdicts.alarm_caution(t, page.published.audit()),
    )
    if rows:
        heads = [t(f"alarms.head_{k}") for k in ("day", "topic", "what", "observed", "expected")]
        cells = [alarm(page, r) for r in rows]
        parts.html(blocks.rich_table(t("alarms.caption", days=days), heads, cells, (3, 4)))
        parts.evidence(t, "alarms", tables.alarms(t, rows))
    else:
        parts.html(blocks.notice("complete", t("alarms.none_title"), t("alarms.none", days=days)))
    parts.html(blocks.source((days, *basis, *page.evidence)))
    st.page_link(
        "views/reviews/page.py",
        label=t("reviews.all"),
        query_params=state.link(**choices.address(page.scope)),
    )


def alarm(page: Page, unusual: Worded[Alarm]) -> list[str]:
    """One alarm as a line of the table."""
    t, r = page.t, unusual.row
    write = t.number if r.measure == "count" else t.percent
    usual = t("alarms.usual", expected=write(r.expected), low=write(r.low), high=write(r.high))
    return [
        markup(w) for w in (t.day(r.day), unusual.words, t(f"alarms.{r.measure}"), write(r.observed), usual)
    ]


show()
