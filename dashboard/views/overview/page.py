"""Overview: how does every app stand today, against thirty days before, and what is new this week?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

import streamlit as st

from dashboard import queries, url_state
from dashboard.components import alarms, figures, html
from dashboard.components.headlines import Direction, displayed_sentences, moved, size
from dashboard.components.page import link, made_with, state, text, turn_pages
from dashboard.components.tables import table
from dashboard.i18n import Text
from dashboard.queries import Published, Scope
from dashboard.rows.analysis import News, RecentLanguage
from dashboard.rows.collection import AppInStore
from dashboard.sanitize import plain, short
from dashboard.views.overview import cards

CARDS = 4
"""So many apps have a card each; more have a line each."""
PER_PAGE = 25
NEWS = 5
"""So many findings of the week are told; the pages of the apps have all."""
DIRECTIONS: tuple[Direction, ...] = ("up", "down", "flat", "unknown")
TROUBLES = ("failed", "never", "stale")
SORTS = ("name", "fell", "rose", "low", "high", "reviews", "oldest")
COLUMNS = """
    name store is_sample owner displayed_score displayed_at displayed_country mean_30d low_30d high_30d n_30d
    share_negative_30d share_neutral_30d share_positive_30d change_30d change_low change_high as_of
    last_seen_at last_outcome last_reason app store_app_id
"""


def show() -> None:
    """The page."""
    t, published = text(), queries.published()
    rows = published.overview()
    st.title(t("nav.overview"))
    if not rows:
        state(t, "no_apps")
        return
    summary(t, rows, published)
    open_alarms(t, published)
    news(t, published)
    shown = rows if len(rows) <= CARDS else chosen(t, rows)
    if not shown:
        st.html(html.notice("empty", t("overview.none_title"), t("overview.none")))
    elif len(rows) <= CARDS:
        a_card_each(t, shown, published)
    else:
        a_line_each(t, shown, published)
    st.html(html.source((t("overview.method"), *made_with(t, published))))
    figures.evidence(t, "overview", table(t, shown, COLUMNS))


def summary(t: Text, rows: list[AppInStore], published: Published) -> None:
    """What a reader should look at first, in words."""
    published_at = published.publication().published_at
    directions = Counter(cards.change_of(r).direction for r in rows)
    moves = [t(f"overview.moved_{d}", n=directions[d]) for d in DIRECTIONS if directions[d]]
    troubled = Counter(trouble(r, published_at) for r in rows)
    named = [t(f"overview.troubled_{k}", n=troubled[k]) for k in TROUBLES if troubled[k]]
    sentences = [
        *story(t, rows, published),
        t("overview.moved", n=len(rows), moves=t.listed(moves)),
        t("overview.troubled", named=t.listed(named)) if named else t("overview.all_fresh"),
    ]
    if any(r.is_sample for r in rows):
        sentences.append(t("overview.sample"))
    st.html(html.finding(sentences))


def trouble(row: AppInStore, published_at: datetime) -> str:
    """The worst that must be said of a row's data; empty when it is well."""
    if cards.state_of(row) in TROUBLES:
        return cards.state_of(row)
    return "stale" if cards.is_stale(row, published_at) else ""


def story(t: Text, rows: list[AppInStore], published: Published) -> list[str]:
    """How the displayed scores went over all the time known, where the apps are few."""
    if len(rows) > CARDS:
        return []
    names = {r.app: plain(r.name) for r in rows}
    said = []
    for app, app_name in names.items():
        days = published.known_days(app)
        if days is None:
            continue
        scope = Scope(app=app, first=days[0], last=days[1])
        for sentence in displayed_sentences(t, published.displayed(scope), published.series_events(scope)):
            said.append(sentence if len(names) == 1 else t("overview.of_app", app=app_name, said=sentence))
    return said


def open_alarms(t: Text, published: Published) -> None:
    """The alarms that are open, each a link to the series."""
    rows = published.open_alarms()
    if not rows:
        if published.has("alarms"):
            st.html(html.source([t("star_alarms.none_open")]))
        return
    topics = published.topic_names(t.language)
    st.html(html.figure_title(t("star_alarms.open", n=len(rows))))
    with st.container(key="tidings-alarms", gap=None):
        for row in rows[:NEWS]:
            said = t("star_alarms.of_app", app=plain(row.name), said=alarms.sentence(t, row, topics))
            link("rating", said, {"app": row.app, "store": row.store, "span": "all"}, width="stretch")
    if len(rows) > NEWS:
        st.html(html.source([t("week.more", n=len(rows) - NEWS)]))


def news(t: Text, published: Published) -> None:
    """What is new in the last seven days: alarms, changes of level, fresh verdicts of releases.

    Nothing at all where the publication holds no analysis.
    """
    if not published.has("release_impact"):
        return
    rows = published.week_news()
    if not rows:
        st.html(html.source([t("week.nothing")]))
        return
    topics = published.topic_names(t.language)
    st.html(html.figure_title(t("week.title")))
    with st.container(key="tidings", gap=None):
        for row in rows[:NEWS]:
            view, address = leads_to(row)
            link(view, told(t, row, topics), address, width="stretch")
    if len(rows) > NEWS:
        st.html(html.source([t("week.more", n=len(rows) - NEWS)]))


def leads_to(row: News) -> tuple[str, dict[str, object]]:
    """The page that shows what a finding rests on: the reviews of an alarm, the series, the release."""
    address: dict[str, object] = {"app": row.app, "store": row.store}
    if row.what == "alarm":
        days = {"span": "custom", "days": [row.happened_on] * 2}
        return "reviews", address | days | {"topic": None if row.topic == "all" else row.topic}
    if row.what == "change":
        return "rating", address
    return "releases", address | {"release": f"{row.store}/{row.version}"}


def told(t: Text, row: News, topics: Mapping[str, str]) -> str:
    """One finding in words."""
    app, store, day = plain(row.name), t.store(row.store), t.day(row.happened_on)
    if row.what == "alarm":
        topic = t("week.all") if row.topic == "all" else topics.get(row.topic or "", row.topic or "")
        if row.measure != "count":
            return t("week.alarm_sentiment", app=app, store=store, day=day, topic=topic)
        numbers = {"after": t.number(row.after), "before": t.number(row.before)}
        return t("week.alarm_count", app=app, store=store, day=day, topic=topic, **numbers)
    if row.what == "change":
        said = moved(t, row.measure, row.store, row.happened_on, row.before, row.after, row.due_to_kind)
        return t("week.change", app=app, said=said, size=size(t, row))
    version = short(plain(row.version or ""), 24)
    return t(f"week.release_{row.verdict}", app=app, store=store, version=version, size=size(t, row))


def chosen(t: Text, rows: list[AppInStore]) -> list[AppInStore]:
    """The rows that the search finds, in the order asked for."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        url_state.choose_words("q")
        words = st.text_input(t("choice.search"), key="q", placeholder=t("overview.search_hint"), width=340)
        url_state.choose_one("sort", SORTS, SORTS[0])
        sort = st.selectbox(
            t("choice.sort"), SORTS, format_func=lambda s: t(f"overview.sort_{s}"), key="sort", width=280
        )
    url_state.write("q", [words] if words else [])
    url_state.write("sort", [sort] if sort != SORTS[0] else [])
    found = [r for r in rows if words.casefold() in haystack(t, r)]
    return sorted(found, key=lambda r: order(r, sort))


def haystack(t: Text, row: AppInStore) -> str:
    """What the search looks through: name, key, store id, owner and store."""
    words = (row.name, row.app, row.store_app_id, row.owner, t.store(row.store))
    return " ".join(plain(w) for w in words if w).casefold()


def order(row: AppInStore, sort: str) -> tuple[float, float | str]:
    """The sort key; rows without the figure come last.

    Changes that are clear come first, then those that may be none, and what has too few reviews to compare
    after all of them: two angry reviews are no fall.
    """
    if sort in ("fell", "rose"):
        sign = 1 if sort == "fell" else -1
        rank = {"down" if sort == "fell" else "up": 0, "unknown": 2}.get(cards.change_of(row).direction, 1)
        return rank if row.change_30d is not None else 3, sign * (row.change_30d or 0)
    value, sign = {
        "low": (row.mean_30d, 1),
        "high": (row.mean_30d, -1),
        "reviews": (row.n_30d, -1),
    }.get(sort, (None, 0))
    if sign:
        return value is None, sign * (value or 0)
    if sort == "oldest":
        return False, row.as_of.timestamp() if row.as_of else 0.0
    return False, row.name.casefold()


def a_card_each(t: Text, rows: list[AppInStore], published: Published) -> None:
    """A few apps: two beside each other."""
    trends, published_at = published.trends(), published.publication().published_at
    written = languages_of(published)
    for start in range(0, len(rows), 2):
        pair = enumerate(zip(st.columns(2, gap="medium"), rows[start : start + 2], strict=False), start)
        for place, (column, row) in pair:
            with column, st.container(border=True, key=f"card-{place}"):
                to_rating(row)
                st.html(cards.card(t, row, trends, published_at, written))


def a_line_each(t: Text, rows: list[AppInStore], published: Published) -> None:
    """Many apps: a page of them at a time."""
    pages = -(-len(rows) // PER_PAGE)
    page = url_state.choose_one("page", range(1, pages + 1), 1)
    trends, published_at = published.trends(), published.publication().published_at
    written = languages_of(published)
    st.html(cards.heads(t))
    for place, row in enumerate(rows[(page - 1) * PER_PAGE : page * PER_PAGE]):
        with st.container(key=f"row-{place}"):
            to_rating(row)
            st.html(cards.line(t, row, trends, published_at, written))
    turn_pages("page", page, pages)


def languages_of(published: Published) -> dict[tuple[str, str], list[RecentLanguage]]:
    """The languages of the texts of the last thirty days, by app and store."""
    found: dict[tuple[str, str], list[RecentLanguage]] = {}
    for row in published.recent_languages():
        found.setdefault((row.app, row.store), []).append(row)
    return found


def to_rating(row: AppInStore) -> None:
    """The app's name: a link to its Rating page."""
    link("rating", row.name, {"app": row.app, "store": row.store}, width="stretch")


if __name__ == "__main__":
    show()
