"""Alpha: to what testers agreed, what they said, and whether it foretold what the public complained of."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from dashboard import auth as access
from dashboard import i18n as words_of
from dashboard import queries as data
from dashboard import url_state as state
from dashboard.components import elements as parts
from dashboard.components import filters as choices
from dashboard.components import html as blocks
from dashboard.components import legends as captions
from dashboard.components import tables
from dashboard.i18n import Text
from dashboard.queries import Published
from dashboard.rows import Worded
from dashboard.rows.alpha import AlphaApp, Cohort, Consent, Foretold, ForetoldTopic
from dashboard.sanitize import label
from dashboard.views.alpha import blocks as alpha_blocks
from dashboard.views.alpha import charts as alpha_charts

PER_PAGE = 12
ALL = "all"
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
    t = words_of.of(state.language())
    # The navigation does not name this page to others; it holds by itself as well.
    if not access.visitor().may_read_alpha:
        st.title(t("nav.alpha"))
        parts.html(blocks.notice("failed", t("alpha.refused_title"), t("alpha.refused")))
        return
    published = data.published()
    if not all(published.has(table) for table in NEEDED):
        st.title(t("nav.alpha"))
        parts.too_old(t)
        return
    apps = published.alpha_apps()
    if not apps:
        st.title(t("nav.alpha"))
        parts.html(blocks.notice("empty", t("alpha.empty_title"), t("alpha.empty")))
        return
    page = Alpha(t, published, choose_app(t, apps), _evidence(t, published))
    consents, cohorts = published.consents(page.app), published.cohorts(page.app)
    finding(page, consents, cohorts)
    ledger(page, consents)
    said(page, cohorts)
    against_public(page)
    quotes(page, cohorts)


def _evidence(t: Text, published: Published) -> tuple[str, ...]:
    return (t("alpha.readers"), parts.model_line(t, published), parts.publication_line(t, published))


def choose_app(t: Text, apps: list[AlphaApp]) -> str:
    """The app, where several have testers."""
    app = choices.choose_app(t, apps, t("nav.alpha"))
    names = choices.app_names(apps)
    if len(names) > 1:
        st.selectbox(
            t("rating.app"), list(names), format_func=lambda k: label(names[k]), key="app", width=360
        )
    return app


def finding(page: Alpha, consents: list[Consent], cohorts: list[Cohort]) -> None:
    """Who spoke, what may be done with it, and whether it foretold anything."""
    t = page.t
    sentences = [alpha_blocks.overview(t, consents, cohorts)]
    sentences += [alpha_blocks.allowed(t, cohorts)] if cohorts else []
    releases = [r for r in page.published.foretold(page.app) if r.cohort is None]
    named = len({r.store for r in releases}) > 1
    newest = [r for r in releases if r.release_version == releases[0].release_version]
    sentences += [alpha_blocks.foretold(t, r, with_store=named) for r in newest]
    parts.html(blocks.finding(sentences))


def ledger(page: Alpha, rows: list[Consent]) -> None:
    """How many agreed to what, and what was erased."""
    t = page.t
    st.header(t("alpha.consents"))
    if rows:
        parts.html(alpha_blocks.consents(t, rows))
    else:
        parts.html(blocks.notice("empty", t("alpha.no_consents_title"), t("alpha.no_consents")))
    erased = alpha_blocks.erasures(t, page.published.erasures())
    parts.html(blocks.source([t("alpha.consents_method"), erased, parts.publication_line(t, page.published)]))
    if rows:
        parts.evidence(t, "consents", tables.consents(t, rows))


def said(page: Alpha, cohorts: list[Cohort]) -> None:
    """What each cohort sent and spoke of."""
    t = page.t
    st.header(t("alpha.said"))
    if not cohorts:
        parts.html(blocks.notice("empty", t("alpha.silent_title"), t("alpha.silent")))
        return
    parts.html(alpha_blocks.cohorts(t, cohorts))
    parts.html(blocks.source([t("alpha.cohorts_method"), *page.evidence]))
    parts.evidence(t, "cohorts", tables.cohorts(t, cohorts))
    cohort = choose_cohort(t, cohorts)
    names = page.published.topic_names(t.language)
    rows = [
        Worded(r, names.get(r.topic, r.topic)) for r in page.published.spoken_of(page.app, cohort) if r.n_all
    ]
    if not rows:
        parts.html(blocks.notice("empty", t("topics.none_title"), t("alpha.no_topics")))
        return
    most = rows[0]
    whose = t("alpha.all_cohorts") if cohort is None else alpha_blocks.cohort_name(t, cohort)
    parts.html(
        blocks.figure_title(t("alpha.most", topic=most.words, share=t.percent(most.row.n / most.row.n_all)))
    )
    parts.html(alpha_blocks.spoken(t, rows, t("alpha.spoken_caption", cohort=whose)))
    parts.html(blocks.source([t("alpha.read", n=t.number(most.row.n_all)), *page.evidence]))
    parts.evidence(t, "spoken", tables.spoken(t, rows))


def choose_cohort(t: Text, cohorts: list[Cohort]) -> str | None:
    """One cohort with at least five people, or None for all."""
    options = [ALL, *(f"cohort:{r.cohort}" for r in cohorts if r.cohort is not None)]
    chosen = state.choose_one("cohort", options, ALL)
    if len(options) > 2:
        st.segmented_control(
            t("columns.cohort"), options, key="cohort", required=True,
            format_func=lambda k: t("alpha.all_cohorts") if k == ALL else label(k.removeprefix("cohort:")),
        )  # fmt: skip
    state.write("cohort", [chosen] if chosen != ALL else [])
    return None if chosen == ALL else chosen.removeprefix("cohort:")


def against_public(page: Alpha) -> None:
    """One release: what testers had named before it, and what the public complained of after it."""
    t = page.t
    st.header(t("alpha.against"))
    if not page.published.has("alpha_foretold"):
        parts.not_analysed(t)
        return
    rows = page.published.foretold(page.app)
    of = {f"{r.store}/{r.release_version}": r for r in rows if r.cohort is None}
    if not of:
        parts.html(blocks.notice("empty", t("alpha.no_release_title"), t("alpha.no_release")))
        return
    chosen = state.choose_one("release", list(of), next(iter(of)))
    st.selectbox(
        t("releases.choose"), list(of), key="release", width=360,
        format_func=lambda k: f"{of[k].release_version} · {t.store(of[k].store)}",
    )  # fmt: skip
    state.write("release", [chosen])
    row = of[chosen]
    told = [alpha_blocks.foretold(t, row, with_store=True), *alpha_blocks.foretold_numbers(t, row)]
    parts.html(blocks.finding(told))
    names = page.published.topic_names(t.language)
    topics = [
        Worded(r, names.get(r.topic, r.topic))
        for r in page.published.foretold_topics(page.app, row.store, row.release_version)
    ]
    if topics:
        compared(page, row, topics)


def compared(page: Alpha, row: Foretold, topics: list[Worded[ForetoldTopic]]) -> None:
    """The topics of one release in alpha and public, as a chart and with their verdicts."""
    t = page.t
    drawn = [r for r in topics if r.row.verdict != "too_few" and r.row.share_alpha is not None]
    title = alpha_blocks.foretold(t, row, with_store=True)
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
        with parts.figure(
            t, "alpha", title=t("alpha.chart_title"), names=captions.names(entries),
            sources=(t.store(row.store), *alpha_blocks.foretold_numbers(t, row)[:1], *page.evidence),
            tables={"alpha_topics": tables.alpha_topics(t, topics)},
        ):  # fmt: skip
            parts.html(blocks.legend(entries))
            of = (str(page.published.path), t.language, page.app, row.store, row.release_version)
            parts.chart(
                "alpha-topics", title, of, lambda: alpha_charts.against_public(drawn, told, words=words)
            )
    parts.html(alpha_blocks.topic_verdicts(t, topics, t("alpha.topics_caption")))
    parts.html(alpha_blocks.legend(t))


def quotes(page: Alpha, cohorts: list[Cohort]) -> None:
    """What testers said in their own words, where they agree to be quoted."""
    t = page.t
    if not any(r.n_quoted for r in cohorts):
        return
    st.header(t("alpha.quotes"))
    names = page.published.topic_names(t.language)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        topic = _one_of(t, "topic", names)
        tone = _one_of(t, "tone", {k: t(f"tone.{k}") for k in (*blocks.TONES, blocks.NOT_COVERED)})
    spoken = str(state.spoken("cohort") or ALL)
    cohort = None if spoken == ALL else spoken.removeprefix("cohort:")
    wanted = {"cohort": cohort, "topic": topic, "tone": tone}
    state.begin_again("at", tuple(wanted.values()))
    first = page.published.quotes(page.app, **wanted, count=1, skip=0)
    if not first:
        parts.html(blocks.notice("empty", t("alpha.no_quotes_title"), t("alpha.no_quotes")))
        return
    pages = -(-first[0].n_all // PER_PAGE)
    at = state.choose_one("at", range(1, pages + 1), 1)
    rows = page.published.quotes(page.app, **wanted, count=PER_PAGE, skip=(at - 1) * PER_PAGE)
    parts.html(alpha_blocks.quotes(t, rows, names))
    parts.turn_pages("at", at, pages)
    parts.html(
        blocks.source(
            [t("alpha.quotes_n", n=t.number(first[0].n_all)), t("alpha.quotes_method"), *page.evidence]
        )
    )


def _one_of(t: Text, key: str, names: dict[str, str]) -> str | None:
    """A filter of the quotes; None where all are wanted."""
    options = [ALL, *names]
    chosen = state.choose_one(key, options, ALL)
    st.selectbox(
        t(f"reviews.by_{key}"), options, key=key, width=240,
        format_func=lambda k: t(f"reviews.all_{key}") if k == ALL else names[k],
    )  # fmt: skip
    state.write(key, [chosen] if chosen != ALL else [])
    return None if chosen == ALL else chosen


show()
