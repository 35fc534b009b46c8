"""Sending a reply to one review through its store, for those who may: words, a look at them, the sending.

Nobody's click sends words that were not shown whole just before. A process of its own sends
(`python -m flows.replies.send`): it holds the stores' keys and refuses personal numbers, the dashboard does
neither. It works beside the page.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial

import streamlit as st

from dashboard import auth, queries
from dashboard.components import beside, html
from dashboard.components.replying import LONGEST
from dashboard.i18n import Text
from dashboard.queries import review_key
from dashboard.rows.reviews import Review
from dashboard.sanitize import label, plain
from warehouse import replies

SENDER = "flows.replies.send"
LISTED = timedelta(days=7)
"""So long Google's interface lists a review; an older one it may not know."""
_SHOWN = "replies that wait for a person's word"
_WRITTEN = "words of replies that are not sent yet"
_KINDS = {"sent": "complete", "busy": "stale"}


def is_offered(row: Review) -> bool:
    """Whether whoever looks may answer this review from here."""
    # The public feed's numbers are no ids of App Store Connect.
    is_of_feed = row.store == "app_store" and row.review_id.isdecimal()
    may = (row.store, row.store_app_id) in auth.visitor().answerable
    return may and not row.is_sample and not is_of_feed and bool(row.text)


def show(key: str, t: Text, row: Review, draft: str) -> None:
    """The way to a reply; `draft` is what its words begin with."""
    named, store = review_key(row), t.store(row.store)
    if beside.runs(_work(named)):
        words = t("answer.sending", store=store)
        beside.watch(_work(named), html.notice("stale", t("act.sending_title"), words))
        return
    _before(t, row, store)
    shown: Mapping[str, str] = st.session_state.get(_SHOWN, {})
    if named in shown:
        _look(key, t, row, shown[named], store)
        return
    field = f"{key}-words-{hashlib.sha256(draft.encode()).hexdigest()[:8]}"
    # Streamlit forgets a field that is not on the page, and what was shown, or refused, is to be changed.
    of, written = st.session_state.setdefault(_WRITTEN, {}).get(named, ("", ""))
    st.session_state.setdefault(field, written if of == field else draft)
    with st.form(key, border=False):
        st.text_area(
            t("answer.words", store=store), key=field, max_chars=LONGEST[row.store], height="content"
        )  # fmt: skip
        st.form_submit_button(label(t("answer.look")), on_click=_propose, args=(field, named))


def _before(t: Text, row: Review, store: str) -> None:
    """What is known of replies from here: of this session, and of everybody as far as it is written down."""
    named = review_key(row)
    end = beside.ended(_work(named))
    if end is not None:
        state = end.state if t.has(f"answer.{end.state}_title") else "refused"
        if state == "sent":
            st.session_state.get(_WRITTEN, {}).pop(named, None)
        words = t(f"answer.{state}", store=store, why=end.why, most=LONGEST[row.store])
        st.html(html.notice(_KINDS.get(state, "failed"), t(f"answer.{state}_title"), words))
        return
    known = replies.sent(queries.folder(), row.store, row.store_app_id, row.review_id)
    told = [r for r in known if r.outcome in ("sent", "busy", replies.BEGUN)]
    if told:
        key = "answer.before" if told[-1].outcome == "sent" else "answer.perhaps_before"
        st.html(html.source([t(key, when=t.moment(told[-1].at), store=store)]))


def _look(key: str, t: Text, row: Review, words: str, store: str) -> None:
    st.code(words, language=None, wrap_lines=True)
    said = [t("answer.public", store=store)]
    if row.reply:
        said.append(t("answer.replaces"))
    if row.store == "google_play" and datetime.now(UTC) - row.reviewed_at > LISTED:
        said.append(t("answer.old"))
    st.html(html.source(said))
    with st.container(horizontal=True):
        st.button(
            label(t("answer.send", store=store)), key=f"{key}-send", type="primary", on_click=_send,
            args=(row, words),
        )  # fmt: skip
        st.button(t("answer.back"), key=f"{key}-back", on_click=_forget, args=(review_key(row),))


def _propose(field: str, named: str) -> None:
    """Put the words of the form before whoever wrote them."""
    text = plain(st.session_state.get(field) or "").strip()
    if text:
        st.session_state.setdefault(_SHOWN, {})[named] = text
        st.session_state.setdefault(_WRITTEN, {})[named] = (field, text)


def _forget(named: str) -> None:
    st.session_state.get(_SHOWN, {}).pop(named, None)


def _send(row: Review, words: str) -> None:
    """Send what was shown, before the page is made anew."""
    named = review_key(row)
    # Rules are read anew: whoever lost the right since the words were shown sends nothing.
    if not is_offered(row) or beside.runs(_work(named)):
        return
    _forget(named)
    request = {
        "store": row.store,
        "store_app_id": row.store_app_id,
        "review_id": row.review_id,
        "text": words,
    }
    beside.begin(_work(named), partial(beside.child, SENDER), request)


def _work(named: str) -> str:
    return f"answered {named}"
