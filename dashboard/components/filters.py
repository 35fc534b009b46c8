"""What a reader chooses on every page about an app; all of it is kept in the address."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, timedelta

import streamlit as st

from dashboard import url_state
from dashboard.components import html
from dashboard.i18n import Text
from dashboard.queries import Names, Published, Scope
from dashboard.rows.alpha import AlphaApp
from dashboard.rows.collection import AppInStore, Choice
from dashboard.sanitize import label, plain

SPANS = {"7d": 7, "30d": 30, "90d": 90, "1y": 365, "2y": 731, "all": None, "custom": None}
SPAN = "2y"
LAST = ("7d", "30d", "90d", "1y")
"""Spans of pages about many apps: for each app the last days of its own data."""
ALL = "all"
_LAST_APP = "the app looked at last"
_BRUSHED = "days brushed on a chart"


def choose_app(t: Text, apps: Sequence[AppInStore | AlphaApp], heading: str) -> str | None:
    """The app under its name and the page's `heading`; the last one looked at is met again.

    None where the address names an app that is not there: another one in its place would mislead.
    """
    names = app_names(apps)
    last = st.session_state.get(_LAST_APP)
    # At first the app with the most to show.
    most: str = max(apps, key=lambda r: r.n_total).app
    chosen = url_state.choose_one("app", list(names), last if last in names else most)
    if any(key == "app" for key, _ in url_state.missed()):
        st.title(heading)
        url_state.write("app", [])
        return None
    st.session_state[_LAST_APP] = chosen
    url_state.write("app", [chosen])
    st.title(label(names[chosen]))
    is_sample = any(r.is_sample for r in apps if r.app == chosen)
    tags = [(t("sample.label"), "hy-sample")] if is_sample else []
    st.html(html.tags([*tags, (heading, "hy-quiet")]))
    return chosen


def choose_scope(t: Text, app: str, published: Published) -> Scope | None:
    """App, stores, span, places and versions; None where nothing is known of the app."""
    apps, days, known = published.overview(), published.known_days(app), published.choices(app)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        switch_app(t, apps)
        if days is None:
            return None
        stores = choose_store(t, [r.store for r in apps if r.app == app])
        start, end = choose_span(t, *days)
        places, versions = choose_filters(t, [c for c in known if stores is None or c.store in stores])
    return Scope(app=app, first=start, last=end, stores=stores, places=places, versions=versions)


def switch_app(t: Text, apps: Sequence[AppInStore | AlphaApp]) -> None:
    """The switch to another app, where there are several."""
    names = app_names(apps)
    if len(names) > 1:
        st.selectbox(t("scope.app"), list(names), format_func=names.__getitem__, key="app", width=360)


def one_of(
    t: Text, key: str, names: dict[str, str], *, width: int = 185, is_named: bool = True
) -> str | None:
    """One of `names`, or None for all of them (`choice.by_<key>`, `choice.all_<key>`). Where "all ..." says
    enough, the field is not named above it (`is_named`)."""
    options = [ALL, *names]
    chosen = url_state.choose_one(key, options, ALL)
    named = {ALL: t(f"choice.all_{key}"), **names}
    st.selectbox(
        t(f"choice.by_{key}"), options, format_func=named.__getitem__, key=key, width=width,
        label_visibility="visible" if is_named else "collapsed",
    )  # fmt: skip
    url_state.write(key, [chosen] if chosen != ALL else [])
    return None if chosen == ALL else chosen


def is_chosen(key: str, names: Collection[str]) -> bool:
    """Whether the field that `one_of` draws for `key` will hold one of `names`, and not all of them; a field
    without names is not drawn."""
    return bool(names) and url_state.choose_one(key, [ALL, *names], ALL) != ALL


def app_names(apps: Sequence[AppInStore | AlphaApp]) -> dict[str, str]:
    """Every app with its name, in the order of the overview."""
    return {r.app: plain(r.name) for r in apps}


def choose_store(t: Text, stores: list[str]) -> Names:
    """One store or all of them."""
    if len(stores) < 2:
        return None
    options = [ALL, *stores]
    url_state.choose_one("store", options, ALL)
    st.segmented_control(
        t("scope.store"),
        options,
        format_func=lambda s: t("scope.all_stores") if s == ALL else t.store(s),
        key="store",
        required=True,
    )
    chosen: str = st.session_state["store"]
    url_state.write("store", [chosen] if chosen != ALL else [])
    return None if chosen == ALL else (chosen,)


def spans_of(first: date, last: date) -> tuple[list[str], str]:
    """The spans shorter than what is known, beside all of it and days of one's own; and the default."""
    known = (last - first).days + 1
    offered = [name for name, length in SPANS.items() if length is None or length < known]
    return offered, SPAN if SPAN in offered else ALL


def choose_span(t: Text, first: date, last: date) -> tuple[date, date]:
    """A length that ends with the data, or two days; a brush over the counts sets the days."""
    brushed = st.session_state.pop(_BRUSHED, None)
    offered, default = spans_of(first, last)
    if brushed:
        st.session_state["span"], st.session_state["days"] = "custom", brushed
    else:
        # A link from an app with more behind it: of a longer span, all that there is.
        url_state.choose_one("span", offered, default, also={k: ALL for k in SPANS if k not in offered})
    st.segmented_control(
        t("scope.span"), offered, format_func=lambda s: t(f"scope.span_{s}"), key="span", required=True
    )
    span: str = st.session_state["span"]
    url_state.write("span", [span] if span != default else [])
    if span == "custom":
        if not brushed:
            url_state.choose_days("days", first, last)
        st.date_input(
            t("scope.days"), [], min_value=first, max_value=last, key="days", format="YYYY-MM-DD", width=260
        )
        chosen: tuple[date, ...] = st.session_state["days"]
        url_state.write("days", chosen)
        # While a reader has chosen only the first of two days, the whole time is shown.
        return (chosen[0], chosen[1]) if len(chosen) == 2 else (first, last)
    length = SPANS[span]
    return (first if length is None else max(first, last - timedelta(length - 1))), last


def choose_last(t: Text, offered: Sequence[str], default: str, *, is_named: bool = True) -> int:
    """How many days of each app's data a page about many apps is about; `offered` are keys of SPANS."""
    chosen = url_state.choose_one("last", offered, default)
    st.segmented_control(
        t("scope.span"), offered, format_func=lambda s: t(f"scope.span_{s}"), key="last", required=True,
        label_visibility="visible" if is_named else "collapsed",
    )  # fmt: skip
    url_state.write("last", [chosen] if chosen != default else [])
    days = SPANS[chosen]
    assert days is not None, chosen  # noqa: S101 - a page offers spans of a length
    return days


def choose_filters(t: Text, choices: list[Choice]) -> tuple[Names, Names]:
    """Languages or countries, and versions; none chosen means all."""
    places = by_count(choices)
    released = {c.version: str(c.released_at or c.first_day) for c in choices}
    versions = sorted(released, key=lambda v: (v != "unknown", released[v]), reverse=True)
    url_state.choose_some("place", places)
    url_state.choose_some("version", versions)
    chosen = len(st.session_state["place"]) + len(st.session_state["version"])
    title = t("scope.filters_some", n=chosen) if chosen else t("scope.filters")
    with st.popover(title, type="primary" if chosen else "secondary"):
        in_places = st.multiselect(
            t("scope.places"), places, format_func=t.place, key="place", placeholder=t("scope.all_places")
        )
        of_versions = st.multiselect(
            t("scope.versions"),
            versions,
            format_func=lambda v: plain(t.version(v)),
            key="version",
            placeholder=t("scope.all_versions"),
        )
    url_state.write("place", in_places)
    url_state.write("version", of_versions)
    return tuple(in_places) or None, tuple(of_versions) or None


def by_count(choices: list[Choice]) -> list[str]:
    """The places, most reviews first."""
    counts: dict[str, int] = {}
    for c in choices:
        counts[c.place] = counts.get(c.place, 0) + c.n
    return sorted(counts, key=lambda k: -counts[k])


def address(scope: Scope) -> dict[str, object]:
    """The scope as the address of another page about the same app says it."""
    span = st.session_state["span"]
    return {
        "app": scope.app,
        "store": scope.stores[0] if scope.stores else None,
        "span": span if span != SPAN else None,
        "days": [scope.first, scope.last] if span == "custom" else None,
        "place": scope.places,
        "version": scope.versions,
    }


def narrow(scope: Scope, start: date, end: date) -> None:
    """Make the days brushed on a chart the span of the page, within the scope, and show it anew."""
    start, end = max(start, scope.first), min(end, scope.last)
    if start <= end and (start, end) != (scope.first, scope.last):
        st.session_state[_BRUSHED] = (start, end)
        st.rerun()
