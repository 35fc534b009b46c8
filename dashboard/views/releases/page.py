"""Releases: what moved with each release, how sure is that, what else happened, and what drove it?"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard import url_state
from dashboard.components import drivers, figures, filters, html
from dashboard.components.headlines import event_words
from dashboard.components.page import Page, Way, of_app, state, ways_on
from dashboard.components.tables import Table, table
from dashboard.rows import Worded
from dashboard.rows.analysis import Comparison, ReleaseImpact, ReleaseLook, VerdictSaid
from dashboard.views.releases import charts, verdicts, watch

COLUMNS = """
    release_version store released_at measure verdict why moved_on explained_by effect low high value_before
    value_after n_before n_after before_from before_until after_from after_until p_value q_value overlaps
    confounders
"""
MEASURE = "mean_stars"


def show() -> None:
    """The page."""
    page = of_app("releases")
    if page is None:
        return
    if not page.published.has("release_impact"):
        state(page.t, "not_analysed", "stale")
        return
    rows = page.published.release_verdicts(page.scope)
    if not rows:
        st.html(html.notice("empty", page.t("releases.empty_title"), page.t("releases.empty")))
        return
    of = {f"{r.store}/{r.release_version}": r for r in rows if r.measure == MEASURE}
    looks = page.published.release_looks(page.scope)
    usual = clearest(of, looks)
    chosen = url_state.choose_one("release", list(reversed(of)), usual)
    compared = comparisons(page)
    told = finding(page, rows, of, chosen, usual)
    effects(page, rows)
    goes_on(page, of[chosen], compared.get(chosen))
    one(page, of, chosen, compared, told)
    said = page.published.verdict_history(page.scope)
    watched(page)
    every(page, rows, said)
    history(page, said)


def clearest(of: dict[str, ReleaseImpact], looks: Sequence[ReleaseLook] = ()) -> str:
    """The release with the largest effect among those with a verdict, else the one of which the watch is
    surest, else the newest."""
    clear = [k for k in reversed(of) if of[k].verdict in watch.CLEAR]
    if clear:
        return max(clear, key=lambda k: abs(of[k].effect or 0))
    watched = (f"{look.store}/{look.release_version}" for look in watch.clear(looks))
    return next((k for k in watched if k in of), next(reversed(of)))


def comparisons(page: Page) -> dict[str, Comparison]:
    """The releases whose drivers are known, by their keys in the address."""
    return {
        f"{c.store}/{c.release_version}": c
        for c in page.published.comparisons(page.scope)
        if c.kind == drivers.RELEASE
    }


def several_stores(rows: list[ReleaseImpact]) -> bool:
    """Whether a release must be named with its store."""
    return len({r.store for r in rows}) > 1


def finding(
    page: Page, rows: list[ReleaseImpact], of: dict[str, ReleaseImpact], chosen: str, usual: str
) -> str:
    """The release that a link asks for, else the clearest, and what the watch says of the newest. Returns
    the first sentence, which the page says once."""
    t, named = page.t, several_stores(rows)
    looks = page.published.release_looks(page.scope)
    told = [watch.sentence(t, look, with_store=named) for look in watch.clear(looks)]
    first = (
        verdicts.headline(t, rows, with_store=named, watched=told[0] if told else "")
        if chosen == usual
        else verdicts.sentence(t, of[chosen], with_store=named)
    )
    said = [
        first,
        *(
            watch.newest(t, look, with_store=named)
            for look in looks[:1]
            if watch.sentence(t, look, with_store=named) != first
        ),
    ]
    st.html(html.finding(t, said))
    return first


def watched(page: Page) -> None:
    """What the release watch says of each release, the newest first, and on what that rests; of the newest
    the page says it in words at its head."""
    t = page.t
    looks = page.published.release_looks(page.scope)
    if not looks:
        return
    named = len({r.store for r in looks}) > 1
    st.header(t("watch.title"))
    read = watch.table(t, looks, with_store=named)
    of = page.sources(t("watch.method"))
    figures.evidence(t, "release_watch", table(t, looks, watch.LOOKS), read=read, sources=of)


def history(page: Page, said: list[VerdictSaid]) -> None:
    """What was said otherwise than before, and when; nothing where that never happened."""
    t = page.t
    rows = watch.changed(said)
    if not rows:
        if said:
            st.html(html.source([t("history.none")]))
        return
    st.header(t("history.title"))
    topics = page.published.topic_names(t.language)
    measures = {m: t(f"verdict.{m}") for m in verdicts.MEASURES}
    measures |= {f"topic:{k}": t("verdict.topic", topic=name) for k, name in topics.items()}
    measures[watch.WATCH] = t("history.watch")
    named = len({r.store for r in rows}) > 1
    read = watch.history(t, rows, measures, with_store=named)
    of = [t("history.method"), *page.evidence]
    figures.evidence(t, "verdict_history", table(t, said, watch.HISTORY), read=read, sources=of)


def effects(page: Page, rows: list[ReleaseImpact]) -> None:
    """The effect of each release on the mean, as a chart."""
    t = page.t
    named = several_stores(rows)
    drawn = [
        Worded(r, verdicts.release_name(t, r, with_store=named))
        for r in reversed(rows)
        if r.measure == MEASURE and r.effect is not None
    ]
    if not drawn:
        return
    many = len(drawn) > charts.MOST
    cut = t("releases.newest", n=charts.MOST, all=len(drawn)) if many else ""
    title = verdicts.counted(t, rows)
    with figures.figure(
        t, "release-effects", title=title, tables={"releases": releases_table(page, rows)}, level=2,
        sources=(verdicts.caution(t, page.published.audit()), *page.sources(t("releases.basis")), cut),
    ):  # fmt: skip
        st.html(verdicts.legend(t, {d.row.verdict for d in drawn}))
        words = {
            k: t(f"releases.chart_{k}")
            for k in ("effect", "release", "verdict", "low", "high", "n_before", "n_after")
        }
        told = {v: t(f"verdict.{v}") for v in verdicts.VERDICTS}
        figures.chart(
            "release-effects", title, page.of(),
            lambda: charts.release_effects(drawn, told, words=words),
        )  # fmt: skip


def releases_table(page: Page, rows: list[ReleaseImpact]) -> Table:
    """What moved with each release, one row a measure."""
    t = page.t
    return table(
        t, rows, COLUMNS, overlaps=lambda r: ", ".join(r.overlapping_releases),
        confounders=lambda r: ", ".join(event_words(t, r.store, e) for e in r.confounding_events or ()),
    )  # fmt: skip


def every(page: Page, rows: list[ReleaseImpact], said: list[VerdictSaid]) -> None:
    """All releases with their verdicts on everything that is measured, and what else happened."""
    t = page.t
    topics, looks = page.published.topic_names(t.language), page.published.release_looks(page.scope)
    made = verdicts.matrix(
        t, rows, topics, with_store=several_stores(rows),
        notes=lambda r: (watch.beside(t, looks, r), watch.before(t, said, r)),
    )  # fmt: skip
    with st.expander(t("releases.every")):
        st.html(made)
        st.html(html.source(page.sources(t("releases.method"), *page.languages(again=True))))


def one(
    page: Page, of: dict[str, ReleaseImpact], chosen: str, compared: dict[str, Comparison], told: str
) -> None:
    """One release: its sentence, unless it was `told` already, and what drove the change."""
    t = page.t
    named = several_stores(list(of.values()))
    st.header(t("releases.one"))
    st.selectbox(
        t("releases.choose"), list(reversed(of)),
        format_func=lambda k: verdicts.release_name(t, of[k], with_store=named), key="release", width=360,
    )  # fmt: skip
    url_state.write("release", [chosen])
    row = of[chosen]
    said = [s for s in (verdicts.sentence(t, row, with_store=named),) if s != told]
    said += verdicts.beside(t, row)
    if said:
        st.html(html.finding(t, said))
    if chosen in compared:
        drivers.figure(page, compared[chosen])
    else:
        drivers.nothing(t)


def goes_on(page: Page, row: ReleaseImpact, comparison: Comparison | None) -> None:
    """To the topics that drove the change of a release, and to the reviews written after it."""
    t, address = page.t, filters.address(page.scope)
    version = verdicts.release_name(t, row, with_store=False)
    after = {"store": row.store, "span": "custom", "days": [row.after_from, row.after_until]}
    ways: list[Way] = []
    if comparison is not None:
        compare = {"compare": drivers.key(comparison)}
        ways.append(("topics", t("ways.release_topics", version=version), {**address, **compare}))
    ways.append(("reviews", t("releases.reviews", version=version), {**address, **after}))
    ways_on(ways)


if __name__ == "__main__":
    show()
