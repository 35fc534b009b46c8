"""Handing one review over: to a channel of the alerts, with a note, or as a link that opens an issue tracker.

A channel is told by a process of its own (`python -m flows.alerts.hand_over`): it knows addresses and what
speaks to them, the dashboard neither. It works beside the page. What a channel did not take is kept there
and tried again.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from urllib.parse import quote

import streamlit as st

from dashboard import auth
from dashboard.components import beside, html, review_cards
from dashboard.i18n import Text
from dashboard.queries import review_key
from dashboard.rows.reviews import Review
from dashboard.sanitize import label, plain, short

SENDER = "flows.alerts.hand_over"
LONGEST_NOTE = 1_000
# Percent-encoding makes nine bytes of a Japanese letter; trackers and mail programs take some 8,000 bytes.
_IN_ADDRESS = 400
_TOLD = "to which channel reviews were handed over"
_EMPTIED = "reviews whose note was emptied after it arrived"
_KINDS = {"delivered": "complete", "waits": "stale", "failed": "failed", "refused": "failed"}


def fields(t: Text, row: Review, app: str, address: str) -> dict[str, str]:
    """What a tracker's address may hold of a review; `app` is the app's name, `address` its whole link."""
    stars = t("reviews.no_stars") if row.rating is None else t("reviews.stars", n=row.rating)
    return {
        "app": plain(app),
        "store": t.store(row.store),
        "day": t.day(row.reviewed_at),
        "stars": stars,
        "version": short(row.version or "", 30),
        "title": short(row.title or row.text or "", 80),
        "text": short(row.text or "", _IN_ADDRESS),
        "link": address,
    }


def filled(template: str, values: Mapping[str, str]) -> str:
    """The address of a tracker with a review's fields, each percent-encoded whatever it holds."""
    return template.format(**{name: quote(value, safe="") for name, value in values.items()})


def show(key: str, t: Text, row: Review, *, app: str, name: str, address: str) -> None:
    """The ways on which whoever looks may hand a review over; `app` is the app's key, `name` its name."""
    visitor = auth.visitor()
    if visitor.trackers:
        values = fields(t, row, name, address)
        with st.container(horizontal=True):
            for tracker, template in visitor.trackers:
                st.link_button(label(tracker), filled(template, values))
    if not visitor.channels:
        return
    named = review_key(row)
    _said(t, named, key)
    with st.form(key, border=False):
        st.text_area(t("act.note"), key=f"{key}-note", max_chars=LONGEST_NOTE, height="content")
        if len(visitor.channels) > 1:
            st.selectbox(t("act.channel"), visitor.channels, format_func=plain, key=f"{key}-channel")
        words = (
            t("act.hand_over") if len(visitor.channels) > 1 else t("act.hand_over_to", to=visitor.channels[0])
        )
        st.form_submit_button(
            label(words), on_click=_send, args=(key, t, row, app, name), disabled=beside.runs(_work(named))
        )


def _work(named: str) -> str:
    return f"handed over {named}"


def _said(t: Text, named: str, key: str) -> None:
    """What became of the review in this session, before its form is made; what is under way is watched."""
    told: Mapping[str, str] = st.session_state.get(_TOLD, {})
    channel = told.get(named)
    if channel is None:
        return
    end = beside.ended(_work(named))
    if end is None:
        under_way = t("act.sending", channel=channel)
        beside.watch(_work(named), html.notice("stale", t("act.sending_title"), under_way))
        return
    words = t(f"act.{end.state}", channel=channel, why=end.why)
    st.html(html.notice(_KINDS[end.state], t(f"act.{end.state}_title"), words))
    if end.state == "delivered" and named not in st.session_state.setdefault(_EMPTIED, set()):
        # What arrived is not sent once more by a second click on the same words.
        st.session_state[_EMPTIED].add(named)
        st.session_state[f"{key}-note"] = ""


def _send(key: str, t: Text, row: Review, app: str, name: str) -> None:
    """Hand a review to the channel that the form names, before the page is made anew."""
    channels = auth.visitor().channels
    channel = st.session_state.get(f"{key}-channel") or next(iter(channels), "")
    # Rules are read anew: whoever lost the right since the form was shown tells nobody.
    if channel not in channels or beside.runs(_work(review_key(row))):
        return
    request = {
        "channel": channel,
        "app": app,
        "name": plain(name),
        "review": review_key(row),
        "about": review_cards.about(t, row),
        "title": plain(row.title or ""),
        "text": plain(row.text or ""),
        "note": plain(st.session_state.get(f"{key}-note") or "")[:LONGEST_NOTE],
    }
    named = review_key(row)
    st.session_state.setdefault(_TOLD, {})[named] = channel
    st.session_state.setdefault(_EMPTIED, set()).discard(named)
    beside.begin(_work(named), partial(beside.child, SENDER), request)
