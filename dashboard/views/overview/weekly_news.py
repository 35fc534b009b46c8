"""What is new in the last seven days of data: alarms, changes of level, fresh verdicts of releases."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from dashboard import url_state as state
from dashboard.components import elements as parts
from dashboard.components import html as blocks
from dashboard.i18n import Text
from dashboard.queries import Published
from dashboard.rows.changes import News
from dashboard.sanitize import label, plain, short
from dashboard.views.rating import change_points as changes

MOST = 5
"""So many findings are told; the pages of the apps have all."""


def news(t: Text, published: Published) -> None:
    """The block of the Overview; nothing at all where the publication holds no analysis."""
    if not published.has("release_impact"):
        return
    rows = published.week_news()
    if not rows:
        parts.html(blocks.source([t("week.nothing")]))
        return
    topics = published.topic_names(t.language)
    parts.html(blocks.figure_title(t("week.title")))
    with st.container(key="tidings", gap=None):
        for row in rows[:MOST]:
            view, address = leads_to(row)
            said = label(sentence(t, row, topics))
            st.page_link(view, label=said, query_params=state.link(**address), width="stretch")
    if len(rows) > MOST:
        parts.html(blocks.source([t("week.more", n=t.number(len(rows) - MOST))]))


def leads_to(row: News) -> tuple[str, dict[str, object]]:
    """The page that shows what a finding rests on: the reviews of an alarm, the series, the release."""
    address: dict[str, object] = {"app": row.app, "store": row.store}
    if row.what == "alarm":
        days = {"span": "custom", "days": [row.happened_on] * 2}
        return "views/reviews/page.py", address | days | {"topic": None if row.topic == "all" else row.topic}
    if row.what == "change":
        return "views/rating/page.py", address
    return "views/releases/page.py", address | {"release": f"{row.store}/{row.version}"}


def sentence(t: Text, row: News, topics: Mapping[str, str]) -> str:
    """One finding in words."""
    values = {"app": plain(row.name), "store": t.store(row.store), "day": t.day(row.happened_on)}
    if row.what == "alarm":
        topic = t("week.all") if row.topic == "all" else topics.get(row.topic or "", row.topic or "")
        numbers = {"after": t.number(row.after), "before": t.number(row.before)}
        key = "week.alarm_count" if row.measure == "count" else "week.alarm_tone"
        return t(key, topic=topic, **numbers, **values)
    if row.what == "change":
        said = changes.moved(t, row.measure, row.store, row.happened_on, row.before, row.after)
        return t("week.change", said=said, size=changes.size(t, row), **values)
    version = short(plain(row.version or ""), 24)
    return t(f"week.release_{row.verdict}", version=version, size=changes.size(t, row), **values)
