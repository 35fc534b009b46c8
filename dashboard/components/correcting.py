"""Correcting what the model says of one review, for those who may: a form, and what it landed.

A correction is a landing file (`warehouse.corrections`); pages know it from the next publication on. Until
then whoever made it sees it, in their own session.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC, datetime

import streamlit as st

from dashboard import auth, queries
from dashboard.components import html
from dashboard.components.html import SENTIMENTS
from dashboard.i18n import Text
from dashboard.queries import Published, review_key
from dashboard.rows.reviews import Corrected, Review
from warehouse import corrections

_MADE = "corrections made in this session"
_FAILED = "why a correction could not be kept"
log = logging.getLogger(__name__)


def made_here(published: Published) -> dict[str, Corrected]:
    """What was corrected in this session since the publication that it shows, by `review_key`."""
    made: Mapping[str, tuple[str, Corrected]] = st.session_state.get(_MADE, {})
    return {key: said for key, (path, said) in made.items() if path == str(published.path)}


def is_offered(published: Published, row: Review) -> bool:
    """Whether whoever looks may correct this review, and there is a text, and a publication to tell of it."""
    return auth.visitor().is_editor and row.text_hash is not None and published.has("corrections")


def form(
    key: str,
    t: Text,
    published: Published,
    row: Review,
    said: Corrected | None,
    topic_names: Mapping[str, str],
) -> None:
    """The form; `said` is what people say of the review already, and what the form begins with."""
    named = review_key(row)
    failed: Mapping[str, str] = st.session_state.get(_FAILED, {})
    if named in failed:
        st.html(html.notice("failed", t("act.unsaved_title"), t("act.unsaved", why=failed[named])))
    elif named in made_here(published):
        st.html(html.notice("complete", t("act.saved_title"), t("act.saved")))
    with st.form(key, border=False):
        chosen = said.sentiment if said else row.sentiment
        st.segmented_control(
            t("choice.by_tone"), SENTIMENTS, default=chosen if chosen in SENTIMENTS else None,
            format_func=lambda s: t(f"sentiment.{s}"), key=f"{key}-sentiment", required=chosen in SENTIMENTS,
        )  # fmt: skip
        topics = said.topics if said else tuple(k.topic for k in row.topics or ())
        st.multiselect(
            t("choice.by_topic"), list(topic_names), default=[k for k in topics if k in topic_names],
            format_func=lambda k: topic_names[k], key=f"{key}-topics", placeholder=t("act.no_topic"),
        )  # fmt: skip
        st.form_submit_button(t("act.correct"), on_click=_keep, args=(key, published, row))


def _keep(key: str, published: Published, row: Review) -> None:
    """Land what the form says, before the page is made anew."""
    sentiment, topics = st.session_state.get(f"{key}-sentiment"), st.session_state.get(f"{key}-topics") or []
    failed: dict[str, str] = st.session_state.setdefault(_FAILED, {})
    named = review_key(row)
    failed.pop(named, None)
    # Rules are read anew: whoever lost the right since the form was shown keeps nothing.
    if sentiment is None or row.text_hash is None or not auth.visitor().is_editor:
        return
    review = (row.store, row.store_app_id, row.review_id)
    try:
        corrections.land(queries.folder(), review, row.text_hash, sentiment, topics, datetime.now(UTC))
    except OSError as error:
        failed[named] = error.strerror or type(error).__name__
        log.warning("a correction could not be landed (%(why)s)", {"why": failed[named]})
        return
    said = Corrected(
        store=row.store, store_app_id=row.store_app_id, review_id=row.review_id, sentiment=sentiment,
        topics=tuple(sorted(topics)),
    )  # fmt: skip
    st.session_state.setdefault(_MADE, {})[named] = (str(published.path), said)
