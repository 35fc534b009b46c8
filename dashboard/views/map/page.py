"""Map: what do which apps' reviews complain of, what moved, and which releases came out?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

import streamlit as st

from dashboard import queries, url_state
from dashboard.components import figures, filters, html
from dashboard.components.filters import LAST, one_of
from dashboard.components.page import href, state, text, turn_pages
from dashboard.components.tables import table
from dashboard.i18n import Text
from dashboard.queries import Names, Published
from dashboard.rows import Worded
from dashboard.rows.analysis import AppRelease, AppTopic
from dashboard.rows.collection import AppInStore
from dashboard.sanitize import plain, short
from dashboard.views.map import matrix, timeline
from dashboard.views.map.matrix import Row

TOPICS = 10
"""So many topics have a column, where no lens is chosen: what moved, then what most complain of."""
FIRST = 12
"""So many apps are shown at first; all of them unfold."""
PER_PAGE = 25
LONGEST = 34
LENSES = ("user_experience", "trust", "reliability", "service")
CELLS = """
    name topic n_read n n_negative share share_low share_high share_before share_change share_change_low
    share_change_high
"""
RELEASES = "name store release_version released_at verdict size low high"


def show() -> None:
    """The page."""
    t, published = text(), queries.published()
    apps = published.overview()
    st.title(t("nav.map"))
    figures.follow_links()
    if not apps:
        state(t, "no_apps")
        return
    above = st.container()
    days, stores, names, lens = chosen(t, apps)
    cells = [c for c in published.topic_map(days, stores) if c.app in names]
    lenses = published.topic_lenses()
    columns = matrix.columns(cells, lenses, lens)
    if not columns:
        st.html(html.notice("empty", t("topics.none_title"), t("map.none")))
        return
    every = matrix.rows(cells, names, columns, {r.app for r in apps if r.is_sample})
    labels = published.topic_names(t.language)
    every_topic = {k: labels.get(k, k) for k in columns}
    topics = {k: every_topic[k] for k in (columns if lens else matrix.foremost(every, columns, TOPICS))}
    with above:
        said = [matrix.headline(t, every, every_topic), matrix.counted(t, every)]
        st.html(html.finding(t, [s for s in said if s]))
    most = matrix.deepest(every)
    shown, pages = unfolded(every)
    headed = {k: t(f"lens.{lens}") for k, lens in lenses.items()}
    with st.container(key="figure-map", gap="small"):
        st.html(
            matrix.table(
                t, shown, topics, headed, most,
                to_topics=lambda row: to_topics(row, stores), to_reviews=lambda c: to_reviews(c, stores),
            )
        )  # fmt: skip
        st.html(matrix.scale(t, most))
    unfolding(t, len(every), *pages)
    st.html(html.method(t, [t("map.method", n=matrix.THIN, topics=TOPICS)]))
    told(t, shown, every_topic)
    releases(t, published, shown, stores)


def chosen(t: Text, apps: Sequence[AppInStore]) -> tuple[int, Names, dict[str, str], str | None]:
    """How many days, which stores, which apps by key with their names, and which lens."""
    owners = sorted({r.owner for r in apps if r.owner}, key=str.casefold)
    in_stores = sorted({r.store for r in apps})
    with st.container(horizontal=True, vertical_alignment="center", gap="medium", key="choices"):
        days = filters.choose_last(t, LAST, "30d", is_named=False)
        lens = one_of(t, "lens", {k: t(f"lens.{k}") for k in LENSES}, is_named=False)
        owner: str | None = None
        store: str | None = None
        if len(in_stores) > 1:
            store = one_of(t, "store", {s: t.store(s) for s in in_stores}, is_named=False)
        if len(owners) > 1:
            owner = one_of(t, "owner", {o: plain(o) for o in owners}, is_named=False)
    ours = [r for r in apps if store in (None, r.store) and owner in (None, r.owner)]
    names = {r.app: short(plain(r.name), LONGEST) for r in ours}
    return days, (store,) if store else None, names, lens


def unfolded(every: Sequence[Row]) -> tuple[Sequence[Row], tuple[int, int]]:
    """The rows that are shown, and which page of how many they are."""
    if len(every) <= FIRST or not url_state.choose_one("every", [False, True], False):
        return every[:FIRST], (1, 1)
    pages = -(-len(every) // PER_PAGE)
    page = url_state.choose_one("page", range(1, pages + 1), 1)
    return every[(page - 1) * PER_PAGE : page * PER_PAGE], (page, pages)


def unfolding(t: Text, n: int, page: int, pages: int) -> None:
    """The switch that shows all `n` apps, where they are many, and the pages of all of them."""
    if n > FIRST:
        st.toggle(t("map.every", n=n), key="every")
        url_state.write("every", [True] if url_state.spoken("every") else [])
    turn_pages("page", page, pages)


def to_reviews(cell: AppTopic, stores: Names) -> str:
    """The complaints behind a cell."""
    of = {"topic": cell.topic, "tone": "negative"}
    return href("reviews", {**scope(cell, stores), **of})


def to_topics(row: Row, stores: Names) -> str:
    """The topics of an app in the same days."""
    return href("topics", scope(next(iter(row.cells.values())), stores))


def scope(cell: AppTopic, stores: Names) -> dict[str, object]:
    """The app, store and days of a cell as the address of a page about one app says them."""
    days = [cell.first_day, cell.last_day]
    return {"app": cell.app, "store": stores[0] if stores else None, "span": "custom", "days": days}


def told(t: Text, shown: Sequence[Row], topics: Mapping[str, str]) -> None:
    """The cells that are shown as rows of a table, those with the largest shares first."""
    found = [Worded(c, r.name) for r in shown for c in r.cells.values() if c.n_negative]
    found.sort(key=lambda f: (f.row.n_read < matrix.THIN, -f.row.share))
    rows = table(
        t, found, CELLS, name=lambda f: f.words, topic=lambda f: topics[f.row.topic],
        share_low=lambda f: f.row.low, share_high=lambda f: f.row.high,
        share_change=lambda f: f.row.change, share_change_low=lambda f: f.row.change_low,
        share_change_high=lambda f: f.row.change_high,
    )  # fmt: skip
    figures.evidence(t, "topic_map", rows)


def releases(t: Text, published: Published, shown: Sequence[Row], stores: Names) -> None:
    """The releases of the apps that are shown, on one line of time."""
    st.header(t("nav.releases"))
    if not published.has("release_impact"):
        state(t, "not_analysed", "stale")
        return
    ends = [c.last_day for r in shown for c in r.cells.values()]
    if not ends:
        st.html(html.source([t("map.no_releases")]))
        return
    last = max(ends)
    first = last - timedelta(timeline.DAYS - 1)
    names = {r.app: r.name for r in shown}
    of: dict[str, list[AppRelease]] = {}
    for row in published.release_map(first, last, stores):
        if row.app in names:
            of.setdefault(row.app, []).append(row)
    found = [r for app in names for r in of.get(app, [])]
    if not found:
        st.html(html.source([t("map.no_releases")]))
        return
    st.html(html.figure_title(timeline.title(t, found, first, last)))
    st.html(timeline.table(t, shown, of, first, last, to_release))
    st.html(html.source([t("map.releases_method")]))
    rows = [Worded(r, names[r.app]) for r in reversed(found)]
    figures.evidence(
        t, "release_map", table(t, rows, RELEASES, name=lambda r: r.words, size=lambda r: r.row.effect)
    )


def to_release(app: str, row: AppRelease | None) -> str:
    """A release on the page Releases, or all of an app."""
    if row is None:
        return href("releases", {"app": app})
    release = f"{row.store}/{row.release_version}"
    return href("releases", {"app": app, "store": row.store, "release": release})


if __name__ == "__main__":
    show()
