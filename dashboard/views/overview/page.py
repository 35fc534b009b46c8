"""Overview: how does every app stand today, against thirty days before, and what is new this week?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

import streamlit as st

from dashboard import queries, url_state
from dashboard.components import alarms, figures, filters, html, saved
from dashboard.components.headlines import Direction, displayed_sentences, moved, size
from dashboard.components.page import link, state, text, turn, turn_pages
from dashboard.components.tables import table
from dashboard.i18n import Text
from dashboard.queries import Published, Scope
from dashboard.rows.analysis import News, OpenAlarm, RecentLanguage, RecentNegative
from dashboard.rows.collection import AppInStore
from dashboard.sanitize import label, plain, short
from dashboard.views.overview import cards, portfolio

FEW = 4
"""So many apps have a card each; more have a line each."""
PER_PAGE = 40
NEWS = 5
"""So many findings of the week are told; the pages of the apps have all."""
DIRECTIONS: tuple[Direction, ...] = ("up", "down", "flat", "unknown")
MANY = "fell"
"""The order of many apps: clear falls first."""
MOST = 50
"""So many alarms and findings unfold."""
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
    alarms_open = published.open_alarms()
    summary(t, rows, published, len(alarms_open))
    if len(rows) <= FEW:
        a_line_each(t, rows, published, {(r.app, r.store) for r in alarms_open}, (), None)
        quiet = [*open_alarms(t, published, alarms_open), *news(t, published)]
    else:
        portfolio_of(t, rows, published, alarms_open)
        quiet = []
    st.html(html.method(t, (*quiet, t("overview.method"))))
    figures.evidence(t, "overview", table(t, rows, COLUMNS))


def summary(t: Text, rows: list[AppInStore], published: Published, n_alarms: int) -> None:
    """What a reader should look at first, in words."""
    published_at = published.publication().published_at
    directions = Counter(cards.change_of(r).direction for r in rows)
    told = [d for d in DIRECTIONS if directions[d]]
    if len(rows) > FEW and {"up", "down"} & set(told):
        # Of many, those that did not move are the rest.
        told = [d for d in told if d != "flat"]
    moves = [t(f"overview.moved_{d}", n=directions[d]) for d in told]
    troubled = Counter(portfolio.trouble(r, published_at) for r in rows)
    named = [t("overview.troubled_alarm", n=n_alarms)] if n_alarms else []
    named += [t(f"overview.troubled_{k}", n=troubled[k]) for k in portfolio.TROUBLES if troubled[k]]
    sentences = [
        *story(t, rows, published),
        t("overview.moved", n=len(rows), moves=t.listed(moves)),
        t("overview.troubled", named=t.listed(named)) if named else t("overview.all_fresh"),
    ]
    if any(r.is_sample for r in rows):
        sentences.append(t("overview.sample"))
    st.html(html.finding(t, sentences))


def story(t: Text, rows: list[AppInStore], published: Published) -> list[str]:
    """How the displayed scores went over all the time known, where the apps are few."""
    if len(rows) > FEW:
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


def open_alarms(t: Text, published: Published, rows: list[OpenAlarm]) -> list[str]:
    """The alarms that are open, each a link to the series. Returns what to say where there are none."""
    if not rows:
        return [t("star_alarms.none_open")] if published.has("alarms") else []
    st.html(html.figure_title(t("star_alarms.open", n=len(rows))))
    told_alarms(t, published, rows[:NEWS])
    if len(rows) > NEWS:
        st.html(html.source([t("week.more", n=len(rows) - NEWS)]))
    return []


def told_alarms(t: Text, published: Published, rows: list[OpenAlarm]) -> None:
    """A line an alarm."""
    topics = published.topic_names(t.language)
    with st.container(key="tidings-alarms", gap=None):
        for row in rows:
            said = t("star_alarms.of_app", app=plain(row.name), said=alarms.sentence(t, row, topics))
            link("rating", said, {"app": row.app, "store": row.store, "span": "all"}, width="stretch")


def news(t: Text, published: Published) -> list[str]:
    """What is new in the last seven days: alarms, changes of level, fresh verdicts of releases.

    Returns what to say where nothing is new; nothing at all where the publication holds no analysis.
    """
    if not published.has("release_impact"):
        return []
    rows = published.week_news()
    if not rows:
        return [t("week.nothing")]
    st.html(html.figure_title(t("week.title")))
    told_news(t, published, rows[:NEWS])
    if len(rows) > NEWS:
        st.html(html.source([t("week.more", n=len(rows) - NEWS)]))
    return []


def told_news(t: Text, published: Published, rows: list[News]) -> None:
    """A line a finding."""
    topics = published.topic_names(t.language)
    with st.container(key="tidings", gap=None):
        for row in rows:
            view, address = leads_to(row)
            link(view, told(t, row, topics), address, width="stretch")


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


def portfolio_of(t: Text, rows: list[AppInStore], published: Published, alarms_open: list[OpenAlarm]) -> None:
    """Many apps: what is looked for, the lines that fit, then alarms and news, folded."""
    alarmed = {(r.app, r.store) for r in alarms_open}
    published_at = published.publication().published_at
    starred = saved.favourites(t, {r.app for r in rows})
    wish, sort = chosen(t, rows, alarmed, starred, published_at)
    shown = portfolio.found(t, rows, wish, alarmed, published_at, starred)
    if shown:
        a_line_each(
            t, sorted(shown, key=lambda r: portfolio.order(r, sort)), published, alarmed, starred, sort
        )
    else:
        st.html(html.notice("empty", t("overview.none_title"), t("overview.none")))
    if alarms_open:
        with st.expander(t("star_alarms.open", n=len(alarms_open))):
            told_alarms(t, published, alarms_open[:MOST])
    found = published.week_news()
    if found:
        with st.expander(t("week.count", n=len(found))):
            told_news(t, published, found[:MOST])


def chosen(
    t: Text,
    rows: list[AppInStore],
    alarmed: Collection[portfolio.Store],
    starred: Collection[str],
    published_at: datetime,
) -> tuple[portfolio.Wish, str]:
    """What the reader looks for, and in which order."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="look-for"):
        url_state.choose_words("q")
        # What stands in this field says what it is for; its name is for those who hear the page.
        words = st.text_input(
            t("choice.search"), key="q", placeholder=t("overview.search_hint"), width=250,
            label_visibility="collapsed",
        )  # fmt: skip
        url_state.write("q", [words] if words else [])
        sort, owner, store, least = narrowed(t, rows)
    wish = portfolio.Wish(words=words, owner=owner, store=store, least=least)
    counts = portfolio.counted(portfolio.matching(t, rows, wish), alarmed, published_at, starred)
    state_chosen = url_state.choose_one("state", portfolio.STATES, portfolio.ALL)
    # "None fell" is news; what else nothing is in is not offered.
    offered = [s for s in portfolio.STATES if counts[s] or s in (portfolio.ALL, MANY, state_chosen)]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.segmented_control(
            t("overview.state"), offered, key="state", required=True,
            format_func=lambda s: t(f"overview.state_{s}", n=counts[s]), label_visibility="collapsed",
        )  # fmt: skip
        if wish != portfolio.Wish() or state_chosen != portfolio.ALL:
            turn("clear", t("choice.clear"), {**url_state.noted(saved.STAR), "sort": sort}, kind="tertiary")
    url_state.write("state", [state_chosen] if state_chosen != portfolio.ALL else [])
    return replace(wish, state=state_chosen), sort


def narrowed(t: Text, rows: list[AppInStore]) -> tuple[str, str | None, str | None, int]:
    """The order, the owner, the store and the least number of reviews: folded, since the heads order, too."""
    owners = sorted({r.owner for r in rows if r.owner}, key=str.casefold)
    stores = sorted({r.store for r in rows})
    # One store tells no app from another.
    stores = stores if len(stores) > 1 else []
    sort = url_state.choose_one("sort", portfolio.SORTS, MANY)
    least = url_state.choose_one("least", portfolio.LEAST, 0)
    owner: str | None = None
    store: str | None = None
    n = bool(least) + filters.is_chosen("owner", owners) + filters.is_chosen("store", stores)
    title = t("scope.filters_some", n=n) if n else t("scope.filters")
    with st.popover(title, type="primary" if n else "secondary"):
        st.selectbox(
            t("choice.sort"), portfolio.SORTS, format_func=lambda s: t(f"overview.sort_{s}"), key="sort"
        )
        if owners:
            owner = filters.one_of(t, "owner", {o: plain(o) for o in owners}, width=240)
        if stores:
            store = filters.one_of(t, "store", {s: t.store(s) for s in stores}, width=240)
        st.selectbox(
            t("overview.least"), portfolio.LEAST, key="least",
            format_func=lambda n: t("overview.least_n", n=n) if n else t("overview.least_any"),
        )  # fmt: skip
    url_state.write("sort", [sort] if sort != MANY else [])
    url_state.write("least", [least] if least else [])
    return sort, owner, store, least


def a_line_each(
    t: Text,
    rows: list[AppInStore],
    published: Published,
    alarmed: Collection[portfolio.Store],
    starred: Collection[str],
    sort: str | None,
) -> None:
    """A line an app and store, a page of them at a time; the heads set the order where there is a `sort`."""
    pages = -(-len(rows) // PER_PAGE)
    page = url_state.choose_one("page", range(1, pages + 1), 1)
    trends, published_at = published.trends(), published.publication().published_at
    written, negatives = languages_of(published), negatives_of(published)
    with st.container(key="heads", gap=None):
        heads(t, sort)
    several = len({r.store for r in rows}) > 1
    # An owner that all have in common tells none of them from another.
    owned = len({r.owner for r in rows}) > 1
    # Few lines have room for whole names.
    with st.container(key="lines-few" if sort is None else "lines", gap=None):
        for place, row in enumerate(rows[(page - 1) * PER_PAGE : page * PER_PAGE]):
            with st.container(key=f"row-{place}"):
                to_rating(row)
                if sort is not None:
                    star(t, row, place, is_on=row.app in starred)
                is_alarmed = (row.app, row.store) in alarmed
                said = cards.line(
                    t, row, trends, published_at, written, negatives, alarmed=is_alarmed, with_store=several,
                    with_owner=owned, is_dense=sort is not None,
                )  # fmt: skip
                st.html(said)
    turn_pages("page", page, pages)
    if published.has("corrected_shares"):
        st.toggle(t("error.switch"), key="with_error", help=t("error.help"))


def heads(t: Text, sort: str | None) -> None:
    """The heads: each leads to the same list in its order; without a `sort` they only name what is below."""
    if sort is None:
        for head in portfolio.HEADS:
            st.html(html.name(t(f"overview.{head}")))
        return
    address = url_state.noted("q", "owner", "store", "least", "state", saved.STAR)
    for head in portfolio.HEADS:
        wanted = portfolio.next_sort(head, sort)
        words = t(f"overview.{'reviewed_brief' if head == 'reviewed' else head}") + portfolio.sign(head, sort)
        if wanted is None:
            st.html(html.name(words))
        else:
            turn(f"head-{head}", words, {**address, "sort": wanted}, kind="tertiary")


def star(t: Text, row: AppInStore, place: int, *, is_on: bool) -> None:
    """The button that makes an app a favourite, or none any more; style.css draws it as a star."""
    words = t("overview.star_off" if is_on else "overview.star_on", app=plain(row.name))
    key = f"{'starred' if is_on else 'unstarred'}-{place}"
    st.button(label(words), key=key, type="tertiary", on_click=saved.toggle, args=(row.app,))


def languages_of(published: Published) -> dict[tuple[str, str], list[RecentLanguage]]:
    """The languages of the texts of the last thirty days, by app and store."""
    found: dict[tuple[str, str], list[RecentLanguage]] = {}
    for row in published.recent_languages():
        found.setdefault((row.app, row.store), []).append(row)
    return found


def negatives_of(published: Published) -> dict[tuple[str, str], RecentNegative] | None:
    """How many texts are negative given the model's errors; None where the switch below is off."""
    if not published.has("corrected_shares"):
        return None
    is_on = url_state.choose_one("with_error", [False, True], False)
    url_state.write("with_error", [True] if is_on else [])
    return {(r.app, r.store): r for r in published.recent_negatives()} if is_on else None


def to_rating(row: AppInStore) -> None:
    """The app's name: a link to its Rating page."""
    link("rating", row.name, {"app": row.app, "store": row.store}, width="stretch")


if __name__ == "__main__":
    show()
