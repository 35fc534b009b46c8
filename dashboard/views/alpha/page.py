"""Alpha: to what testers agreed, what they said, and whether the public complained of it later."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from dashboard import auth, queries, url_state
from dashboard.components import figures, filters, html
from dashboard.components.filters import ALL, one_of
from dashboard.components.html import NOT_COVERED, SENTIMENTS
from dashboard.components.legends import names as marks
from dashboard.components.page import state, text, turn_pages
from dashboard.components.tables import Table, table
from dashboard.i18n import Text
from dashboard.queries import Published
from dashboard.rows import Worded
from dashboard.rows.alpha import AlphaApp, Cohort, Consent, TesterSignal, TesterTopic
from dashboard.sanitize import label
from dashboard.views.alpha import blocks, charts

CONSENTS = "cohort wording purpose people agreed declined withdrew"
COHORTS = """
    cohort n_feedback n_analysed n_quoted first_at last_at n_negative n_neutral n_positive n_not_covered
"""
SPOKEN = "topic n_feedback share n_negative n_neutral n_positive"
TOPICS = """
    topic signal n_alpha share_alpha alpha_low alpha_high n_before n_after share_before share_after
    share_change share_change_low share_change_high
"""
PER_PAGE = 4
BRIEF = 5
"""So many rows of a table are read at once; the others unfold with all of its figures."""
NEEDED = ("consents", "feedback", "feedback_topics", "feedback_predictions", "erasures")


@dataclass(frozen=True, slots=True)
class Alpha:
    """What every part of the page is about."""

    t: Text
    published: Published
    app: str
    evidence: tuple[str, ...]


def show() -> None:
    """The page."""
    t = text()
    # The navigation does not name this page to others; it holds by itself as well.
    if not auth.visitor().may_read_alpha:
        st.title(t("nav.alpha"))
        st.html(html.notice("failed", t("alpha.refused_title"), t("alpha.refused")))
        return
    published = queries.published()
    if not all(published.has(table) for table in NEEDED):
        st.title(t("nav.alpha"))
        state(t, "too_old", "stale")
        return
    apps = published.alpha_apps()
    if not apps:
        st.title(t("nav.alpha"))
        st.html(html.notice("empty", t("alpha.empty_title"), t("alpha.empty")))
        return
    app = choose_app(t, apps)
    if app is None:
        return
    page = Alpha(t, published, app, (html.Aside(t("alpha.readers")),))
    consents, cohorts = published.consents(page.app), published.cohorts(page.app)
    finding(page, consents, cohorts)
    ledger(page, consents)
    said(page, cohorts)
    against_public(page)
    quotes(page, cohorts)


def choose_app(t: Text, apps: list[AlphaApp]) -> str | None:
    """The app, where several have testers."""
    app = filters.choose_app(t, apps, t("nav.alpha"))
    if app is not None:
        filters.switch_app(t, apps)
    return app


def finding(page: Alpha, consents: list[Consent], cohorts: list[Cohort]) -> None:
    """Who spoke, what may be done with it, and whether it foretold anything."""
    t = page.t
    sentences = [blocks.overview(t, consents, cohorts)]
    sentences += [blocks.allowed(t, cohorts)] if cohorts else []
    releases = [r for r in page.published.tester_signals(page.app) if r.cohort is None]
    named = len({r.store for r in releases}) > 1
    newest = [r for r in releases if r.release_version == releases[0].release_version]
    sentences += [blocks.signal(t, r, with_store=named) for r in newest]
    st.html(html.finding(t, sentences))


def ledger(page: Alpha, rows: list[Consent]) -> None:
    """How many agreed to what, and what was erased."""
    t = page.t
    st.header(t("alpha.consents"))
    if not rows:
        st.html(html.notice("empty", t("alpha.no_consents_title"), t("alpha.no_consents")))
    # Erasures are counted over all apps.
    erased = [] if page.published.is_limited else [blocks.erasures(t, page.published.erasures())]
    if erased:
        st.html(html.source(erased))
    st.html(html.method(t, [t("alpha.consents_method")]))
    if rows:
        figures.evidence(t, "consents", table(t, rows, CONSENTS), read=blocks.consents(t, rows))


def said(page: Alpha, cohorts: list[Cohort]) -> None:
    """What each cohort sent and spoke of."""
    t = page.t
    st.header(t("alpha.said"))
    if not cohorts:
        st.html(html.notice("empty", t("alpha.silent_title"), t("alpha.silent")))
        return
    st.html(blocks.cohorts(t, cohorts))
    st.html(html.method(t, [t("alpha.cohorts_method"), *page.evidence]))
    figures.evidence(t, "cohorts", table(t, cohorts, COHORTS))
    cohort = choose_cohort(t, cohorts)
    names = page.published.topic_names(t.language)
    rows = [
        Worded(r, names.get(r.topic, r.topic)) for r in page.published.spoken_of(page.app, cohort) if r.n_all
    ]
    if not rows:
        st.html(html.notice("empty", t("topics.none_title"), t("alpha.no_topics")))
        return
    most = rows[0]
    whose = t("alpha.all_cohorts") if cohort is None else blocks.cohort_name(t, cohort)
    most_share = t.percent(most.row.n / most.row.n_all)
    st.html(html.figure_title(t("alpha.most", topic=most.words, share=most_share)))
    st.html(blocks.spoken(t, rows[:BRIEF], t("alpha.spoken_caption", cohort=whose)))
    st.html(html.source([t("alpha.read", n=most.row.n_all), *page.evidence]))
    told = table(
        t, rows, SPOKEN, topic=lambda r: r.words, n_feedback=lambda r: r.row.n,
        share=lambda r: r.row.n / r.row.n_all,
    )  # fmt: skip
    figures.evidence(t, "spoken", told)


def choose_cohort(t: Text, cohorts: list[Cohort]) -> str | None:
    """One cohort with at least five people, or None for all."""
    options = [ALL, *(f"cohort:{r.cohort}" for r in cohorts if r.cohort is not None)]
    chosen = url_state.choose_one("cohort", options, ALL)
    if len(options) > 2:
        st.segmented_control(
            t("columns.cohort"), options, key="cohort", required=True,
            format_func=lambda k: t("alpha.all_cohorts") if k == ALL else label(k.removeprefix("cohort:")),
        )  # fmt: skip
    url_state.write("cohort", [chosen] if chosen != ALL else [])
    return None if chosen == ALL else chosen.removeprefix("cohort:")


def against_public(page: Alpha) -> None:
    """One release: what testers had named before it, and what the public complained of after it."""
    t = page.t
    st.header(t("alpha.against"))
    if not page.published.has("alpha_foretold"):
        state(t, "not_analysed", "stale")
        return
    rows = page.published.tester_signals(page.app)
    of = {f"{r.store}/{r.release_version}": r for r in rows if r.cohort is None}
    if not of:
        st.html(html.notice("empty", t("alpha.no_release_title"), t("alpha.no_release")))
        return
    chosen = url_state.choose_one("release", list(of), next(iter(of)))
    st.selectbox(
        t("releases.choose"), list(of), key="release", width=360,
        format_func=lambda k: f"{of[k].release_version} · {t.store(of[k].store)}",
    )  # fmt: skip
    url_state.write("release", [chosen])
    row = of[chosen]
    told = [blocks.signal(t, row, with_store=True), *blocks.signal_numbers(t, row)]
    st.html(html.finding(t, told))
    names = page.published.topic_names(t.language)
    topics = [
        Worded(r, names.get(r.topic, r.topic))
        for r in page.published.tester_topics(page.app, row.store, row.release_version)
    ]
    if topics:
        compared(page, row, topics)


def compared(page: Alpha, row: TesterSignal, topics: list[Worded[TesterTopic]]) -> None:
    """The topics of one release in alpha and public, as a chart and with their verdicts."""
    t = page.t
    drawn = [r for r in topics if r.row.verdict != "too_few" and r.row.share_alpha is not None]
    title = blocks.signal(t, row, with_store=True)
    entries = [
        ("alpha", t("alpha.legend_alpha"), t("alpha.legend_alpha_note")),
        ("small", t("alpha.legend_before"), ""),
        ("after", t("alpha.legend_after"), ""),
    ]
    words = {
        k: t(f"alpha.chart_{k}")
        for k in ("share", "topic", "verdict", "alpha", "low", "high", "before", "after")
    }
    told = {r.row.verdict: t(f"alpha.topic_{r.row.verdict}") for r in drawn}
    if drawn:
        with figures.figure(
            t, "alpha", title=t("alpha.chart_title"), names=marks(entries),
            sources=(t.store(row.store), *blocks.signal_numbers(t, row)[:1], *page.evidence),
            tables={"alpha_topics": topics_table(t, topics)},
        ):  # fmt: skip
            st.html(html.legend(entries))
            of = (str(page.published.path), t.language, page.app, row.store, row.release_version)
            figures.chart("alpha-topics", title, of, lambda: charts.against_public(drawn, told, words=words))
    st.html(blocks.topic_verdicts(t, topics[:BRIEF], t("alpha.topics_caption")))
    st.html(blocks.legend(t))
    if len(topics) > BRIEF:
        with st.expander(t("alpha.rest", n=len(topics) - BRIEF)):
            st.html(blocks.topic_verdicts(t, topics[BRIEF:], t("alpha.topics_caption")))


def topics_table(t: Text, topics: list[Worded[TesterTopic]]) -> Table:
    """Topics in the alpha and in public, by release."""
    return table(
        t, topics, TOPICS, topic=lambda r: r.words, signal=lambda r: r.row.verdict,
        share_change=lambda r: r.row.change, share_change_low=lambda r: r.row.change_low,
        share_change_high=lambda r: r.row.change_high,
    )  # fmt: skip


def quotes(page: Alpha, cohorts: list[Cohort]) -> None:
    """What testers said in their own words, where they agree to be quoted."""
    t = page.t
    if not any(r.n_quoted for r in cohorts):
        return
    st.header(t("alpha.quotes"))
    names = page.published.topic_names(t.language)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        topic = one_of(t, "topic", names, width=240)
        sentiment = one_of(t, "tone", {k: t(f"sentiment.{k}") for k in (*SENTIMENTS, NOT_COVERED)}, width=240)
    spoken = str(url_state.spoken("cohort") or ALL)
    cohort = None if spoken == ALL else spoken.removeprefix("cohort:")
    wanted = {"cohort": cohort, "topic": topic, "sentiment": sentiment}
    url_state.begin_again("at", tuple(wanted.values()))
    first = page.published.quotes(page.app, **wanted, count=1, skip=0)
    if not first:
        st.html(html.notice("empty", t("alpha.no_quotes_title"), t("alpha.no_quotes")))
        return
    pages = -(-first[0].n_all // PER_PAGE)
    at = url_state.choose_one("at", range(1, pages + 1), 1)
    rows = page.published.quotes(page.app, **wanted, count=PER_PAGE, skip=(at - 1) * PER_PAGE)
    st.html(blocks.quotes(t, rows, names))
    turn_pages("at", at, pages)
    n = t("alpha.quotes_n", n=first[0].n_all)
    st.html(html.source([n, html.Aside(t("alpha.quotes_method")), *page.evidence]))


if __name__ == "__main__":
    show()
