"""One review by its link: its card, what was written around it, and the ways on."""

from __future__ import annotations

from datetime import UTC, timedelta

import streamlit as st

from dashboard import queries, url_state
from dashboard.components import filters, html, review_list
from dashboard.components.legends import SMALL
from dashboard.components.page import text, turn
from dashboard.i18n import Text
from dashboard.queries import Published, Scope, Wanted, review_key
from dashboard.rows.reviews import FoundPeriod, Review
from dashboard.sanitize import short

AROUND = timedelta(days=3)
"""So many days on either side of the review's own are told of."""


def show() -> bool:
    """The review that the address names. False where it names none, or none that may be seen here: nothing
    is shown then, and `url_state.missed` does not tell the one from the other."""
    t, published = text(), queries.published()
    app = url_state.said("app")
    row = url_state.look_up("review", lambda key: find(published, app, key))
    if row is None:
        return False
    filters.choose_app(t, published.overview(), t("nav.reviews"))
    names = published.topic_names(t.language)
    review_list.show("one", t, published, app, [row], names, opens="nothing")
    scope = around(app, row)
    in_all, _ = published.found(scope, Wanted(), "week")
    st.html(html.note(neighbours(t, in_all)))
    _ways_on(t, scope, row)
    return True


def find(published: Published, app: str, key: str) -> Review | None:
    """The review of `app` with this `review_key`; None for one of another app, too."""
    if app not in {r.app for r in published.overview()}:
        return None
    store, _, rest = key.partition("/")
    _, _, review_id = rest.partition("/")
    found = published.picked(app, store, (review_id,)) if review_id else []
    return next((r for r in found if review_key(r) == key), None)


def around(app: str, row: Review) -> Scope:
    """The days around a review, in its store."""
    day = row.reviewed_at.astimezone(UTC).date()
    return Scope(app=app, first=day - AROUND, last=day + AROUND, stores=(row.store,))


def neighbours(t: Text, in_all: FoundPeriod) -> str:
    """How many reviews were written in those days, and what they gave; the row of all of `review_found`."""
    said = t("reviews.around", n=in_all.n_reviews)
    if in_all.n < SMALL:
        return said
    mean = {"mean": t.stars(in_all.mean), "low": t.stars(in_all.low), "high": t.stars(in_all.high)}
    return said + t("reviews.found_mean", n=in_all.n, **mean)


def _ways_on(t: Text, scope: Scope, row: Review) -> None:
    store = {"app": scope.app, "store": row.store}
    days = {"span": "custom", "days": [scope.first, scope.last]}
    with st.container(horizontal=True, key="turns"):
        turn("of-days", t("reviews.of_days"), {**store, **days})
        if row.version:
            of_version = t("reviews.of_version", version=short(row.version, 30))
            turn("of-version", of_version, {**store, "version": row.version})
        turn("of-app", t("reviews.of_app"), {"app": scope.app})
