"""Data health: what was collected, how far it can be trusted, and what to do where it cannot."""

from __future__ import annotations

from datetime import timedelta

import streamlit as st

from dashboard import queries, url_state
from dashboard.components import figures, html
from dashboard.components.filters import ALL
from dashboard.components.legends import date_format, names
from dashboard.components.page import state, text, turn_pages
from dashboard.components.tables import share, table
from dashboard.i18n import Text
from dashboard.queries import Published
from dashboard.rows.collection import Request
from dashboard.sanitize import plain
from dashboard.views.health import charts
from dashboard.views.health import sources as asked

SOURCES = """
    source asked_for outcome reason apps asks n_troubled n_old finished_at covered_until got new edited
    rejected
"""
ASKS = """
    name store source asked_for place outcome reason failed_in_a_row finished_at covered_until lag_s pages got
    new edited rejected is_sample app store_app_id
"""
ASK_DAYS = "day source runs asks n_complete n_partial n_failed got new edited rejected"
TROUBLES_COLUMNS = "finished_at name store source asked_for place outcome reason got"
MEASURED = "label task value low high baseline majority texts_measured"
AUDIT = "test measure n effect trials hits rate low high target passes"
DAYS = 120
TROUBLES = 50
PER_PAGE = 25


def show() -> None:
    """The page."""
    t = text()
    published = queries.published()
    st.title(t("nav.health"))
    if not published.has("coverage", "lag_s"):
        state(t, "too_old", "stale")
        return
    requests = published.requests()
    finding(t, published, requests)
    if requests:
        sources(t, published, requests)
        timeline(t, published)
        places(t, requests)
        troubles(t, published)
    model(t, published)
    languages(t, published)
    corrected(t, published)
    privacy(t, published)
    audit(t, published)
    publication(t, published)


def finding(t: Text, published: Published, requests: list[Request]) -> None:
    """What a reader must know first."""
    troubled = {k: sum(a.outcome == k for a in requests) for k in asked.OUTCOMES}
    if not requests:
        st.html(html.notice("empty", t("health.nothing_title"), t("health.nothing")))
        return
    whole = t("health.found", n=len(requests), complete=troubled["complete"])
    rest = [t(f"health.asks_{k}", n=troubled[k]) for k in ("failed", "partial") if troubled[k]]
    ended = max(a.finished_at for a in requests)
    last = t("health.last_ask", when=t.moment(ended))
    troubles = t("health.rest", rest=t.listed(rest)) if rest else t("health.all_well")
    st.html(html.finding(t, [whole, troubles, last, t("health.an_ask")]))


def sources(t: Text, published: Published, requests: list[Request]) -> None:
    """One row a source: how its last asks ended, and what to do."""
    st.header(t("health.sources"))
    rows = asked.by_source(requests, published.publication().published_at)
    st.html(asked.cards(t, rows))
    st.html(html.method(t, [t("health.sources_note")]))
    figures.evidence(t, "sources", table(t, rows, SOURCES))


def timeline(t: Text, published: Published) -> None:
    """How the asks of the last months ended, day by day."""
    st.header(t("health.timeline"))
    rows = published.request_days(DAYS)
    if not rows:
        st.html(html.notice("empty", t("health.quiet_title"), t("health.quiet", days=DAYS)))
        return
    last = t.day_of(published.publication().published_at)
    # Two weeks at least, so that one day of runs is a mark and not a chart.
    first = max(min(rows[0].day - timedelta(1), last - timedelta(13)), last - timedelta(DAYS - 1))
    title = t(
        "health.timeline_title",
        days=len({r.day for r in rows}),
        asks=sum(r.asks for r in rows),
        failed=sum(r.n_failed for r in rows),
    )
    states = [asked.day_state(t, r) for r in rows]
    legend = [
        (k, t(f"coverage.{k}"), "")
        for k in ("complete", "partial", "failed")
        if any(s.worst == k for s in states)
    ]
    with figures.figure(
        t,
        "timeline",
        title=title,
        sources=(t.days(first, last), html.Aside(t("health.worst"))),
        tables={"timeline": table(t, rows, ASK_DAYS)},
        names=names(legend),
    ):
        st.html(html.legend(legend))
        figures.chart(
            "timeline",
            title,
            (str(published.path), t.language),
            lambda: charts.timeline(
                states,
                first=first,
                last=last,
                words={"ended": t("columns.last_outcome")},
                date_format=date_format(t, (last - first).days),
            ),
        )


def places(t: Text, requests: list[Request]) -> None:
    """Every app and place: the last ask of each, found by name and by how it ended."""
    st.header(t("health.places"))
    shown = chosen(t, requests)
    if not shown:
        st.html(html.notice("empty", t("health.none_title"), t("health.none")))
        return
    pages = -(-len(shown) // PER_PAGE)
    url_state.begin_again("page", (url_state.spoken("q"), url_state.spoken("ended")))
    page = url_state.choose_one("page", range(1, pages + 1), 1)
    told = asked.asks(t, shown[(page - 1) * PER_PAGE : page * PER_PAGE])
    # Whoever looks for something sees it at once; how the asks ended in sum stands above.
    is_looked_for = bool(url_state.spoken("q")) or url_state.spoken("ended") != ALL
    with st.expander(t("health.listed", n=len(shown)), expanded=is_looked_for or page > 1):
        st.html(told)
        turn_pages("page", page, pages)
        figures.csv(t, "asks", table(t, shown, ASKS))


def chosen(t: Text, requests: list[Request]) -> list[Request]:
    """The asks that the search finds."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        words = url_state.choose_words("q")
        st.text_input(t("choice.search"), key="q", placeholder=t("health.search_hint"), width=340)
        url_state.write("q", [words] if words else [])
        endings = [ALL, *(k for k in asked.OUTCOMES if any(a.outcome == k for a in requests))]
        ended = url_state.choose_one("ended", endings, ALL)
        st.selectbox(
            t("health.ended"),
            endings,
            format_func=lambda k: t("health.all_ended") if k == ALL else t(f"coverage.{k}"),
            key="ended",
            width=240,
        )
        url_state.write("ended", [ended] if ended != ALL else [])
    found = [a for a in requests if ended in (ALL, a.outcome)]
    return [a for a in found if words.casefold() in haystack(t, a)]


def haystack(t: Text, request: Request) -> str:
    """What the search looks through."""
    words = (request.name, request.app, request.store_app_id, request.source, t.store(request.store))
    return " ".join(plain(w) for w in words if w).casefold()


def troubles(t: Text, published: Published) -> None:
    """What did not end complete: by reason, each with what to do; ask by ask it unfolds."""
    rows = published.ask_troubles(TROUBLES)
    st.header(t("health.troubles"))
    if not rows:
        st.html(html.notice("complete", t("health.no_troubles_title"), t("health.no_troubles")))
        return
    st.html(asked.reasons(t, rows))
    figures.evidence(t, "troubles", table(t, rows, TROUBLES_COLUMNS), read=asked.troubles(t, rows))


def model(t: Text, published: Published) -> None:
    """How good the serving model is, by its own card."""
    st.header(t("model.title"))
    models = published.models()
    serving = next((m for m in models if m.is_serving), None)
    if serving is None:
        st.html(html.notice("empty", t("model.none_title"), t("model.none")))
        return
    rows = asked.measured(t, serving.figures)
    if not rows:
        why = t("model.unmeasured", model=serving.name)
        st.html(html.notice("empty", t("model.unmeasured_title"), why))
        return
    legend = [
        ("sentiment", t("model.sentiment"), ""),
        ("topics", t("model.topics"), ""),
        ("before", t("model.baseline"), t("model.baseline_note")),
    ]
    title = t(
        "model.finding",
        model=serving.model_version,
        better=sum(r.value > (r.baseline or 0) for r in rows),
        of=len(rows),
    )
    columns = f"{MEASURED} int8" if any(r.int8 is not None for r in rows) else MEASURED
    words = {k: t(f"model.words_{k}") for k in ("texts", "task", "low", "high", "baseline", "n")}
    with figures.figure(
        t,
        "model",
        title=title,
        sources=(
            html.Aside(t("model.method")),
            html.Aside(t("source.model", version=serving.model_version)),
        ),
        tables={"model": table(t, rows, columns, texts_measured=lambda r: r.n)},
        names=names(legend),
    ):
        st.html(html.legend(legend))
        figures.chart(
            "model",
            title,
            (str(published.path), t.language),
            lambda: charts.measured(rows, words=words),
        )


def languages(t: Text, published: Published) -> None:
    """How many reviews the model was given in languages that its card does not cover."""
    rows = published.not_covered()
    outside, read = sum(r.n_not_covered for r in rows), sum(r.n_classified for r in rows)
    if not outside + read:
        return
    st.header(t("model.languages"))
    if not outside:
        st.html(html.figure_title(t("model.all_covered", of=read)))
    else:
        of = outside + read
        title = t("model.not_covered", n=outside, of=of, share=t.percent(outside / of))
        st.html(html.figure_title(title))
        told = table(
            t, [r for r in rows if r.n_not_covered], "name store n_not_covered n_given share",
            n_given=lambda r: r.n_classified + r.n_not_covered,
            share=lambda r: share(r.n_not_covered, r.n_classified + r.n_not_covered),
        )  # fmt: skip
        figures.as_table(t, "not_covered", told)
        figures.csv(t, "not_covered", told)
    st.html(html.method(t, [t("model.not_covered_note")]))


def corrected(t: Text, published: Published) -> None:
    """How often people who corrected reviews say something else than the model, where anybody did."""
    row = published.agreement()
    if row is None:
        return
    st.header(t("model.corrected"))
    st.html(
        html.figure_title(
            t("model.disagree", n=row.n, read=row.n_read, sentiment=row.n_sentiment, topics=row.n_topics)
        )
    )
    st.html(html.source([t("model.disagree_note")]))


def privacy(t: Text, published: Published) -> None:
    """What was replaced before it was written, and which rows were put aside."""
    left, right = st.columns([3, 2], gap="large")
    with left:
        replaced(t, published)
    # Rows that were put aside belong to no app.
    if not published.is_limited:
        with right:
            put_aside(t, published)


def replaced(t: Text, published: Published) -> None:
    """Personal numbers and addresses that were replaced in memory."""
    st.header(t("health.redactions"))
    rows = published.redactions()
    n, texts = sum(r.redactions for r in rows), sum(r.texts_redacted for r in rows)
    st.html(html.figure_title(t("health.redactions_title", n=n, texts=texts)))
    if rows:
        figures.as_table(t, "redactions", table(t, rows, "source kind texts texts_redacted redactions"))
    st.html(html.method(t, [t("health.redactions_note")]))


def put_aside(t: Text, published: Published) -> None:
    """Rows of imported files that could not be taken in."""
    st.header(t("health.rejected"))
    rows = published.rejected()
    n = sum(r.n for r in rows)
    st.html(html.figure_title(t("health.rejected_title" if n else "health.rejected_none", n=n)))
    if rows:
        figures.as_table(t, "rejected", table(t, rows, "reason field source n batches"))
    st.html(html.method(t, [t("health.rejected_note")]))


def audit(t: Text, published: Published) -> None:
    """How often the statistics themselves are wrong, where that was measured."""
    st.header(t("audit.title"))
    rows = published.audit()
    if not rows:
        st.html(html.notice("empty", t("audit.none_title"), t("audit.none")))
        return
    passed = sum(bool(r.passes) for r in rows)
    st.html(html.figure_title(t("audit.finding", passed=passed, of=len(rows))))
    told = table(t, rows, AUDIT)
    figures.as_table(t, "audit", told)
    st.html(html.source([t("audit.method"), t("audit.run", when=t.moment(rows[0].run_at))]))
    figures.csv(t, "audit", told)


def publication(t: Text, published: Published) -> None:
    """What this file is made of."""
    st.header(t("publication.title"))
    row = published.details()
    numbers = [
        (t("publication.revision"), t.number(row.revision), t.moment(row.published_at)),
        *([] if row.landing_files is None else [(t("publication.files"), t.number(row.landing_files), "")]),
        (t("publication.schema"), row.schema_version, ""),
        (t("publication.rows"), t.number(published.reviews_total()), t("publication.rows_note")),
    ]
    st.html(html.figures(numbers))
    if row.fingerprint is not None:
        st.html(html.source([t("publication.fingerprint", fingerprint=row.fingerprint)]))


if __name__ == "__main__":
    show()
