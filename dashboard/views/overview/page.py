"""Overview: how does every app stand today, against thirty days before, and how fresh is that?"""

from __future__ import annotations

from collections import Counter
from datetime import datetime

import streamlit as st

from dashboard import i18n as text
from dashboard import queries as data
from dashboard import url_state as state
from dashboard.components import elements as parts
from dashboard.components import headlines as findings
from dashboard.components import html as blocks
from dashboard.components import tables
from dashboard.components.headlines import Direction
from dashboard.i18n import Text
from dashboard.rows.publications import AppInStore
from dashboard.sanitize import label, markup, plain
from dashboard.views.overview import cards as standing
from dashboard.views.overview import weekly_news as week

CARDS = 4
PER_PAGE = 25
DIRECTIONS: tuple[Direction, ...] = ("up", "down", "flat", "unknown")
TROUBLES = ("failed", "never", "stale")
SORTS = ("name", "fell", "rose", "low", "high", "reviews", "oldest")


def show() -> None:
    """The page."""
    t = text.of(state.language())
    published = data.published()
    rows = published.overview()
    st.title(t("overview.title"))
    if not rows:
        parts.no_apps(t)
        return
    summary(t, rows, published)
    week.news(t, published)
    shown = rows if len(rows) <= CARDS else chosen(t, rows)
    if not shown:
        parts.html(blocks.notice("empty", t("overview.none_title"), t("overview.none")))
    elif len(rows) <= CARDS:
        cards(t, shown, published)
    else:
        listing(t, shown, published)
    sources(t, published)
    parts.evidence(t, "overview", tables.overview(t, shown))


def summary(t: Text, rows: list[AppInStore], published: data.Published) -> None:
    """What a reader should look at first, in words."""
    published_at = published.publication().published_at
    moved = Counter(standing.change_of(r).direction for r in rows)
    troubled = Counter(trouble(r, published_at) for r in rows)
    named = [t(f"overview.troubled_{k}", n=t.number(troubled[k])) for k in TROUBLES if troubled[k]]
    sentences = [
        *story(t, rows, published),
        t(
            "overview.moved",
            n=t.number(len(rows)),
            moves=t.listed([t(f"overview.moved_{d}", n=t.number(moved[d])) for d in DIRECTIONS if moved[d]]),
        ),
        t("overview.troubled", named=t.listed(named)) if named else t("overview.all_fresh"),
    ]
    if any(r.is_sample for r in rows):
        sentences.append(t("sample.notice"))
    parts.html(blocks.finding(sentences))


def trouble(row: AppInStore, published_at: datetime) -> str:
    """The worst that must be said of a row's data; empty when it is well."""
    if standing.state_of(row) in TROUBLES:
        return standing.state_of(row)
    return "stale" if standing.is_stale(row, published_at) else ""


def story(t: Text, rows: list[AppInStore], published: data.Published) -> list[str]:
    """How the displayed scores went over all the time known, where the apps are few."""
    if len(rows) > CARDS:
        return []
    names = {r.app: plain(r.name) for r in rows}
    said = []
    for app, app_name in names.items():
        days = published.known_days(app)
        told = published.displayed(data.Scope(app=app, first=days[0], last=days[1])) if days else []
        for sentence in findings.displayed_sentence(t, told):
            said.append(sentence if len(names) == 1 else t("overview.of_app", app=app_name, said=sentence))
    return said


def chosen(t: Text, rows: list[AppInStore]) -> list[AppInStore]:
    """The rows that the search finds, in the order asked for."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        state.choose_words("q")
        words = st.text_input(t("overview.search"), key="q", placeholder=t("overview.search_hint"), width=340)
        state.choose_one("sort", SORTS, SORTS[0])
        sort = st.selectbox(
            t("overview.sort"), SORTS, format_func=lambda s: t(f"overview.sort_{s}"), key="sort", width=280
        )
    state.write("q", [words] if words else [])
    state.write("sort", [sort] if sort != SORTS[0] else [])
    found = [r for r in rows if words.casefold() in haystack(t, r)]
    return sorted(found, key=lambda r: order(r, sort))


def haystack(t: Text, row: AppInStore) -> str:
    """What the search looks through: name, key, store id, owner and store."""
    words = (row.name, row.app, row.store_app_id, row.owner, t.store(row.store))
    return " ".join(plain(w) for w in words if w).casefold()


def order(row: AppInStore, sort: str) -> tuple[bool, float | str]:
    """The sort key; rows without the figure come last."""
    value, sign = {
        "fell": (row.change_30d, 1),
        "rose": (row.change_30d, -1),
        "low": (row.mean_30d, 1),
        "high": (row.mean_30d, -1),
        "reviews": (row.n_30d, -1),
    }.get(sort, (None, 0))
    if sign:
        return value is None, sign * (value or 0)
    if sort == "oldest":
        return False, row.as_of.timestamp() if row.as_of else 0.0
    return False, row.name.casefold()


def cards(t: Text, rows: list[AppInStore], published: data.Published) -> None:
    """A few apps: a card each."""
    trends, published_at = published.trends(), published.publication().published_at
    for start in range(0, len(rows), 2):
        pair = enumerate(zip(st.columns(2, gap="medium"), rows[start : start + 2], strict=False), start)
        for place, (column, row) in pair:
            with column, st.container(border=True, key=f"card-{place}"):
                name(t, row)
                parts.html(standing.card(t, row, trends, published_at))


def listing(t: Text, rows: list[AppInStore], published: data.Published) -> None:
    """Many apps: a line each, a page of them at a time."""
    pages = -(-len(rows) // PER_PAGE)
    page = state.choose_one("page", range(1, pages + 1), 1)
    trends, published_at = published.trends(), published.publication().published_at
    heads = ("app", "displayed", "reviewed", "change", "tone_brief", "trend", "fresh")
    parts.html(
        '<div class="hy-row hy-heads">'
        + "".join(f"<span>{markup(t(f'overview.{h}'))}</span>" for h in heads)
        + "</div>"
    )
    for place, row in enumerate(rows[(page - 1) * PER_PAGE : page * PER_PAGE]):
        with st.container(key=f"row-{place}"):
            name(t, row)
            parts.html(standing.line(t, row, trends, published_at))
    parts.turn_pages("page", page, pages)


def name(t: Text, row: AppInStore) -> None:
    """The app's name: a link to its Rating page."""
    st.page_link(
        "views/rating/page.py",
        label=label(row.name),
        query_params=state.link(app=row.app, store=row.store),
        width="stretch",
    )


def sources(t: Text, published: data.Published) -> None:
    """What the figures rest on."""
    lines = (t("overview.method"), parts.model_line(t, published), parts.publication_line(t, published))
    parts.html(blocks.source(lines))


show()
