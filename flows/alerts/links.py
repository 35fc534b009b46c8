"""Addresses of the dashboard's views, as it reads them (dashboard/url_state.py); a test holds them to it."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

from flows.alerts.signals import Signal

_PAGES = {
    "star_alarm": "rating", "text_alarm": "topics", "topic_burst": "topics", "release_watch": "releases",
    "displayed_score": "rating",
}  # fmt: skip
_BEFORE, _AFTER = timedelta(days=60), timedelta(days=30)


def view(dashboard: str, signal: Signal, language: str) -> str:
    """The view that shows a signal: its app, its store, the days around it."""
    page = _PAGES.get(signal.kind, "health")
    asked: list[tuple[str, str]] = []
    if page != "health" and signal.app:
        asked.append(("app", signal.app))
        if signal.store:
            asked.append(("store", signal.store))
        first, last = signal.since - _BEFORE, signal.raised + _AFTER
        asked += [("span", "custom"), ("days", first.isoformat()), ("days", last.isoformat())]
        if page == "releases" and signal.version:
            asked.append(("release", f"{signal.store}/{signal.version}"))
    return f"{dashboard}/{page}?{urlencode([*asked, ('lang', language)])}"
