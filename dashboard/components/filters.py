"""The choices of the Rating page: app, store, span, places and versions, all kept in the address."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import streamlit as st

from dashboard import url_state as state
from dashboard.components import elements as parts
from dashboard.components import html as blocks
from dashboard.i18n import Text
from dashboard.queries import Names, Published, Scope
from dashboard.rows.alpha import AlphaApp
from dashboard.rows.publications import AppInStore, Choice
from dashboard.sanitize import label, plain

SPANS = {"30d": 30, "90d": 90, "1y": 365, "2y": 731, "all": None, "custom": None}
SPAN = "2y"
ALL = "all"
_LAST_APP = "the app looked at last"
_BRUSHED = "days brushed on a chart"


def choose_app(t: Text, apps: Sequence[AppInStore | AlphaApp], heading: str) -> str:
    """The app under its name and the page's `heading`; the last one looked at is met again."""
    names = app_names(apps)
    last = st.session_state.get(_LAST_APP)
    # At first the app with the most to show.
    most: str = max(apps, key=lambda r: r.n_total).app
    chosen = state.choose_one("app", list(names), last if last in names else most)
    st.session_state[_LAST_APP] = chosen
    state.write("app", [chosen])
    st.title(label(names[chosen]))
    is_sample = any(r.is_sample for r in apps if r.app == chosen)
    tags = [blocks.tag(t("sample.label"), "hy-sample")] if is_sample else []
    tags.append(blocks.tag(heading, "hy-quiet"))
    parts.html(f'<div class="hy-tags">{"".join(tags)}</div>')
    return chosen


def choose_scope(t: Text, app: str, published: Published) -> Scope | None:
    """App, stores, span, places and versions; None where nothing is known of the app."""
    apps, days, known = published.overview(), published.known_days(app), published.choices(app)
    names = app_names(apps)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        if len(names) > 1:
            st.selectbox(t("rating.app"), list(names), format_func=names.__getitem__, key="app", width=360)
        if days is None:
            return None
        stores = choose_store(t, [r.store for r in apps if r.app == app])
        start, end = choose_span(t, *days)
    places, versions = choose_filters(t, [c for c in known if stores is None or c.store in stores])
    return Scope(app=app, first=start, last=end, stores=stores, places=places, versions=versions)


def app_names(apps: Sequence[AppInStore | AlphaApp]) -> dict[str, str]:
    """Every app with its name, in the order of the overview."""
    return {r.app: plain(r.name) for r in apps}


def choose_store(t: Text, stores: list[str]) -> Names:
    """One store or all of them."""
    if len(stores) < 2:
        return None
    options = [ALL, *stores]
    state.choose_one("store", options, ALL)
    st.segmented_control(
        t("rating.store"),
        options,
        format_func=lambda s: t("rating.all_stores") if s == ALL else t.store(s),
        key="store",
        required=True,
    )
    chosen: str = st.session_state["store"]
    state.write("store", [chosen] if chosen != ALL else [])
    return None if chosen == ALL else (chosen,)


def choose_span(t: Text, first: date, last: date) -> tuple[date, date]:
    """A length that ends with the data, or two days; a brush over the counts sets the days."""
    brushed = st.session_state.pop(_BRUSHED, None)
    if brushed:
        st.session_state["span"], st.session_state["days"] = "custom", brushed
    else:
        state.choose_one("span", list(SPANS), SPAN)
    st.segmented_control(
        t("rating.span"), list(SPANS), format_func=lambda s: t(f"rating.span_{s}"), key="span", required=True
    )
    span: str = st.session_state["span"]
    state.write("span", [span] if span != SPAN else [])
    if span == "custom":
        if not brushed:
            state.choose_days("days", first, last)
        st.date_input(
            t("rating.days"), [], min_value=first, max_value=last, key="days", format="YYYY-MM-DD", width=260
        )
        chosen: tuple[date, ...] = st.session_state["days"]
        state.write("days", chosen)
        # While a reader has chosen only the first of two days, the whole time is shown.
        return (chosen[0], chosen[1]) if len(chosen) == 2 else (first, last)
    length = SPANS[span]
    return (first if length is None else max(first, last - timedelta(length - 1))), last


def choose_filters(t: Text, choices: list[Choice]) -> tuple[Names, Names]:
    """Languages or countries, and versions; none chosen means all."""
    places = by_count(choices)
    released = {c.version: str(c.released_at or c.first_day) for c in choices}
    versions = sorted(released, key=lambda v: (v != "unknown", released[v]), reverse=True)
    state.choose_some("place", places)
    state.choose_some("version", versions)
    chosen = len(st.session_state["place"]) + len(st.session_state["version"])
    title = t("rating.filters_some", n=chosen) if chosen else t("rating.filters")
    with st.expander(title, expanded=bool(chosen)), st.container(horizontal=True):
        in_places = st.multiselect(
            t("rating.places"), places, format_func=t.place, key="place", placeholder=t("rating.all_places")
        )
        of_versions = st.multiselect(
            t("rating.versions"),
            versions,
            format_func=lambda v: plain(t.version(v)),
            key="version",
            placeholder=t("rating.all_versions"),
        )
    state.write("place", in_places)
    state.write("version", of_versions)
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
