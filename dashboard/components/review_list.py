"""Reviews under each other, each with what can be done with it behind one "…".

What a "…" holds is made when it is opened: twenty reviews cost no more than their cards until then.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Literal
from urllib.parse import urlencode, urljoin

import streamlit as st

from dashboard.components import (
    answering,
    correcting,
    filters,
    handing_over,
    replying,
    review_cards,
    translating,
)
from dashboard.components.page import link, turn
from dashboard.i18n import Text
from dashboard.queries import Published, review_key
from dashboard.rows.reviews import Corrected, Review

MORE = "…"


def show(
    key: str,
    t: Text,
    published: Published,
    app: str,
    found: Sequence[Review],
    topic_names: Mapping[str, str],
    *,
    words: Sequence[str] = (),
    opens: Literal["page", "here", "nothing"] = "page",
) -> None:
    """The reviews of `app` as cards; `key` names the list on its page, `words` are marked.

    `opens` says where the link to one of them leads: to the page that shows it, to it where that page is
    open, or nowhere, where it is shown alone already.
    """
    states, vanished = published.states(app, found), published.vanished(app)
    said = published.corrections(app, found) | correcting.made_here(published)
    with st.container(key=f"reviews-{key}"):
        for row in found:
            named = review_key(row)
            with st.container(key=f"review-{key}-{_short(named)}"):
                st.html(
                    review_cards.review(
                        t,
                        row,
                        topic_names,
                        words,
                        states.get(named, ()),
                        vanished.get(named),
                        said.get(named),
                    )
                )
                _more(dots(key, named), t, published, app, row, said.get(named), topic_names, opens)


def _more(
    key: str,
    t: Text,
    published: Published,
    app: str,
    row: Review,
    said: Corrected | None,
    topic_names: Mapping[str, str],
    opens: Literal["page", "here", "nothing"],
) -> None:
    """What can be done with a review."""
    more = st.popover(MORE, type="tertiary", key=key, on_change="rerun")
    if not more.open:
        return
    with more:
        name = filters.app_names(published.overview()).get(app, app)
        address = {"app": app, "review": review_key(row)}
        if opens == "page":
            link("reviews", t("act.alone"), address)
        elif opens == "here":
            turn(f"alone-{key}", t("act.alone"), address)
        st.code(review_cards.copied(t, row, name, permalink(app, row)), language=None, wrap_lines=True)
        translating.show(f"translate-{key}", t, row)
        if correcting.is_offered(published, row):
            correcting.form(f"correct-{key}", t, published, row, said, topic_names)
        topics = said.topics if said else [k.topic for k in row.topics or ()]
        sends = answering.is_offered(row)
        draft = replying.show(f"reply-{key}", t, row, topics, name, is_sent_here=sends)
        if sends:
            answering.show(f"answer-{key}", t, row, draft)
        handing_over.show(f"hand-{key}", t, row, app=app, name=name, address=permalink(app, row))


def dots(key: str, named: str) -> str:
    """The key of the "…" of a review, by its `review_key`, in the list `key`."""
    return f"more-{key}-{_short(named)}"


def permalink(app: str, row: Review) -> str:
    """The whole address of one review, in nobody's language: its reader's browser chooses one."""
    place = {"app": app, "review": review_key(row)}
    return f"{urljoin((st.context.url or '').split('?')[0], 'reviews')}?{urlencode(place)}"


def _short(named: str) -> str:
    # A review keeps its key however the list is sorted; ids of stores are long and hold any sign.
    return hashlib.sha256(named.encode()).hexdigest()[:12]
