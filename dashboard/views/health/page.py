"""Data health: what was collected, how far it can be trusted, and what to do where it cannot."""

from __future__ import annotations

from datetime import timedelta

import streamlit as st

from dashboard import i18n as text
from dashboard import queries as data
from dashboard import url_state as state
from dashboard.components import elements as parts
from dashboard.components import html as blocks
from dashboard.components import legends as captions
from dashboard.components import tables
from dashboard.i18n import Text
from dashboard.queries import Published
from dashboard.rows.health import Ask
from dashboard.sanitize import plain
from dashboard.views.health import blocks as health_blocks
from dashboard.views.health import charts as health_charts
from dashboard.views.health import rows as health_rows

DAYS = 120
TROUBLES = 50
PER_PAGE = 25
ALL = "all"


def show() -> None:
    """The page."""
    t = text.of(state.language())
    published = data.published()
    st.title(t("health.title"))
    if not published.has("coverage", "lag_s"):
        parts.too_old(t)
        return
    asks = published.asks()
    finding(t, published, asks)
    if asks:
        sources(t, published, asks)
        timeline(t, published)
        places(t, asks)
        troubles(t, published)
    model(t, published)
    languages(t, published)
    privacy(t, published)
    audit(t, published)
    publication(t, published)


def finding(t: Text, published: Published, asks: list[Ask]) -> None:
    """What a reader must know first."""
    troubled = {k: sum(a.outcome == k for a in asks) for k in health_rows.OUTCOMES}
    if not asks:
        parts.html(blocks.notice("empty", t("health.nothing_title"), t("health.nothing")))
        return
    whole = t("health.found", n=t.number(len(asks)), complete=t.number(troubled["complete"]))
    rest = [t(f"health.asks_{k}", n=t.number(troubled[k])) for k in ("failed", "partial") if troubled[k]]
    ended = max(a.finished_at for a in asks)
    last = t("health.last_ask", when=t.moment(ended))
    parts.html(
        blocks.finding([whole, t("health.rest", rest=t.listed(rest)) if rest else t("health.all_well"), last])
    )


def sources(t: Text, published: Published, asks: list[Ask]) -> None:
    """One row a source: how its last asks ended, and what to do."""
    st.header(t("health.sources"))
    rows = health_rows.by_source(asks, published.publication().published_at)
    parts.html(health_blocks.sources(t, rows))
    parts.html(blocks.source([t("health.sources_note"), parts.publication_line(t, published)]))
    parts.evidence(t, "sources", tables.sources(t, rows))


def timeline(t: Text, published: Published) -> None:
    """How the asks of the last months ended, day by day."""
    st.header(t("health.timeline"))
    rows = published.ask_days(DAYS)
    if not rows:
        parts.html(blocks.notice("empty", t("health.quiet_title"), t("health.quiet", days=DAYS)))
        return
    last = published.publication().published_at.date()
    # Two weeks at least, so that one day of runs is a mark and not a chart.
    first = max(min(rows[0].day - timedelta(1), last - timedelta(13)), last - timedelta(DAYS - 1))
    failed = sum(r.n_failed for r in rows)
    title = t(
        "health.timeline_title",
        days=t.number(len({r.day for r in rows})),
        asks=t.number(sum(r.asks for r in rows)),
        failed=t.number(failed),
    )
    legend = captions.outcome_legend(t)
    with parts.figure(
        t,
        "timeline",
        title=title,
        sources=(t.days(first, last), t("health.worst"), parts.publication_line(t, published)),
        tables={"timeline": tables.ask_days(t, rows)},
        names=captions.names(legend),
    ):
        parts.html(blocks.legend(legend))
        parts.chart(
            "timeline",
            title,
            (str(published.path), t.language),
            lambda: health_charts.timeline(
                [health_rows.day_state(t, r) for r in rows],
                first=first,
                last=last,
                words={"ended": t("columns.last_outcome")},
                date_format=captions.date_format(t, (last - first).days),
            ),
        )


def places(t: Text, asks: list[Ask]) -> None:
    """Every app and place: the last ask of each, found by name and by how it ended."""
    st.header(t("health.places"))
    shown = chosen(t, asks)
    if not shown:
        parts.html(blocks.notice("empty", t("health.none_title"), t("health.none")))
        return
    pages = -(-len(shown) // PER_PAGE)
    state.begin_again("page", (state.spoken("q"), state.spoken("ended")))
    page = state.choose_one("page", range(1, pages + 1), 1)
    parts.html(health_blocks.asks(t, shown[(page - 1) * PER_PAGE : page * PER_PAGE]))
    parts.turn_pages("page", page, pages)
    parts.evidence(t, "asks", tables.asks(t, shown))


def chosen(t: Text, asks: list[Ask]) -> list[Ask]:
    """The asks that the search finds."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        words = state.choose_words("q")
        st.text_input(t("health.search"), key="q", placeholder=t("health.search_hint"), width=340)
        state.write("q", [words] if words else [])
        endings = [ALL, *(k for k in health_rows.OUTCOMES if any(a.outcome == k for a in asks))]
        ended = state.choose_one("ended", endings, ALL)
        st.selectbox(
            t("health.ended"),
            endings,
            format_func=lambda k: t("health.all_ended") if k == ALL else t(f"coverage.{k}"),
            key="ended",
            width=240,
        )
        state.write("ended", [ended] if ended != ALL else [])
    found = [a for a in asks if ended in (ALL, a.outcome)]
    return [a for a in found if words.casefold() in haystack(t, a)]


def haystack(t: Text, ask: Ask) -> str:
    """What the search looks through."""
    words = (ask.name, ask.app, ask.store_app_id, ask.source, t.store(ask.store))
    return " ".join(plain(w) for w in words if w).casefold()


def troubles(t: Text, published: Published) -> None:
    """What did not end complete, newest first."""
    rows = published.ask_troubles(TROUBLES)
    st.header(t("health.troubles"))
    if not rows:
        parts.html(blocks.notice("complete", t("health.no_troubles_title"), t("health.no_troubles")))
        return
    parts.html(health_blocks.troubles(t, rows))
    parts.evidence(t, "troubles", tables.troubles(t, rows))


def model(t: Text, published: Published) -> None:
    """How good the serving model is, by its own card."""
    st.header(t("model.title"))
    models = published.models()
    serving = next((m for m in models if m.is_serving), None)
    if serving is None:
        parts.html(blocks.notice("empty", t("model.none_title"), t("model.none")))
        return
    rows = health_rows.measured(t, serving.figures)
    if not rows:
        parts.html(
            blocks.notice("empty", t("model.unmeasured_title"), t("model.unmeasured", model=serving.name))
        )
        return
    legend = captions.model_legend(t)
    title = t(
        "model.finding",
        model=serving.model_version,
        better=sum(r.value > (r.baseline or 0) for r in rows),
        of=len(rows),
    )
    with parts.figure(
        t,
        "model",
        title=title,
        sources=(
            t("model.method"),
            t("source.model", version=serving.model_version),
            parts.publication_line(t, published),
        ),
        tables={"model": tables.measured(t, rows)},
        names=captions.names(legend),
    ):
        parts.html(blocks.legend(legend))
        parts.chart(
            "model",
            title,
            (str(published.path), t.language),
            lambda: health_charts.measured(rows, words=captions.model_words(t)),
        )


def languages(t: Text, published: Published) -> None:
    """How many reviews the model was given in languages that its card does not cover."""
    rows = published.not_covered()
    outside, read = sum(r.n_not_covered for r in rows), sum(r.n_classified for r in rows)
    if not outside + read:
        return
    st.header(t("model.languages"))
    of = t.number(outside + read)
    if not outside:
        parts.html(blocks.figure_title(t("model.all_covered", of=of)))
    else:
        share = t.percent(outside / (outside + read))
        title = t("model.not_covered", n=t.number(outside), of=of, share=share)
        parts.html(blocks.figure_title(title))
        table = tables.not_covered(t, [r for r in rows if r.n_not_covered])
        parts.as_table(t, "not_covered", table)
        parts.csv(t, "not_covered", table)
    parts.sources(
        [t("model.not_covered_note"), parts.model_line(t, published), parts.publication_line(t, published)]
    )


def privacy(t: Text, published: Published) -> None:
    """What was replaced before it was written, and which rows were put aside."""
    left, right = st.columns([3, 2], gap="large")
    with left:
        replaced(t, published)
    with right:
        put_aside(t, published)


def replaced(t: Text, published: Published) -> None:
    """Personal numbers and addresses that were replaced in memory."""
    st.header(t("health.redactions"))
    rows = published.redactions()
    n, texts = t.number(sum(r.redactions for r in rows)), t.number(sum(r.texts for r in rows))
    parts.html(blocks.figure_title(t("health.redactions_title", n=n, texts=texts)))
    if rows:
        parts.as_table(t, "redactions", tables.redactions(t, rows))
    parts.sources([t("health.redactions_note")])


def put_aside(t: Text, published: Published) -> None:
    """Rows of imported files that could not be taken in."""
    st.header(t("health.rejected"))
    rows = published.rejected()
    parts.html(blocks.figure_title(t("health.rejected_title", n=t.number(sum(r.n for r in rows)))))
    if rows:
        parts.as_table(t, "rejected", tables.rejected(t, rows))
    parts.sources([t("health.rejected_note")])


def audit(t: Text, published: Published) -> None:
    """How often the statistics themselves are wrong, where that was measured."""
    st.header(t("audit.title"))
    rows = published.audit()
    if not rows:
        parts.html(blocks.notice("empty", t("audit.none_title"), t("audit.none")))
        return
    passed = sum(bool(r.passes) for r in rows)
    parts.html(blocks.figure_title(t("audit.finding", passed=t.number(passed), of=t.number(len(rows)))))
    parts.as_table(t, "audit", tables.audit(t, rows))
    parts.html(blocks.source([t("audit.method"), t("audit.run", when=t.moment(rows[0].run_at))]))
    parts.csv(t, "audit", tables.audit(t, rows))


def publication(t: Text, published: Published) -> None:
    """What this file is made of."""
    st.header(t("publication.title"))
    row = published.details()
    parts.html(
        '<div class="hy-figures">'
        + blocks.figure(t("publication.revision"), t.number(row.revision), t.moment(row.published_at))
        + blocks.figure(t("publication.files"), t.number(row.landing_files))
        + blocks.figure(t("publication.schema"), t.number(row.schema_version))
        + blocks.figure(
            t("publication.rows"), t.number(published.rows_of("reviews")), t("publication.rows_note")
        )
        + "</div>"
    )
    parts.html(blocks.source([t("publication.fingerprint", fingerprint=row.fingerprint)]))


show()
