"""What the dashboard asks of the published file: one method a question, cached by publication.

The only place that calls `warehouse.reads` and that reads the environment. A publication has a path of
its own, so a cached answer can never be older than the file that is current at the start of a rerun.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import streamlit as st

from warehouse import reads

Row = dict[str, Any]
Names = tuple[str, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which reviews are meant. None means all; days are UTC and both belong to the span."""

    app: str
    first: date
    last: date
    stores: Names = None
    places: Names = None
    versions: Names = None

    @property
    def days(self) -> int:
        """How many days the span has."""
        return (self.last - self.first).days + 1

    def before(self) -> Scope:
        """The span of equal length that ends the day before this one begins."""
        return replace(self, first=self.first - timedelta(self.days), last=self.first - timedelta(1))

    def within(self, first: date, last: date) -> Scope:
        """The same reviews in other days."""
        return replace(self, first=first, last=last)

    def parameters(self) -> dict[str, Any]:
        """As `$parameters` of the named queries."""
        return {
            "app": self.app,
            "first": self.first,
            "last": self.last,
            "stores": self.stores,
            "places": self.places,
            "versions": self.versions,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which reviews of a scope are wanted; None means any."""

    topic: str | None = None
    tone: str | None = None
    stars: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Published:
    """One published file and the questions that the pages ask of it."""

    path: Path

    def publication(self) -> Row:
        """Revision, time and model version of this publication."""
        return self._rows("publication")[0]

    def overview(self) -> list[Row]:
        """Every app in every store."""
        return self._rows("overview")

    def trends(self) -> dict[tuple[str, str], list[Row]]:
        """The small trend lines by (store, store_app_id), oldest week first."""
        lines: dict[tuple[str, str], list[Row]] = {}
        for row in self._rows("overview_trend"):
            lines.setdefault((row["store"], row["store_app_id"]), []).append(row)
        return lines

    def choices(self, app: str) -> list[Row]:
        """Stores, places and versions of an app, with their first and last days."""
        return self._rows("app_scope", app=app)

    def coverage(self, app: str, stores: Names) -> list[Row]:
        """How the last fetches of an app ended, one row a store."""
        return self._rows("coverage_of_app", app=app, stores=stores)

    def displayed(self, scope: Scope) -> list[Row]:
        """Series A: displayed scores; only the stores of the scope filter them."""
        return self._rows("displayed_scores", **_of_store(scope))

    def releases(self, scope: Scope) -> list[Row]:
        """Releases in the span; only the stores of the scope filter them."""
        return self._rows("release_dates", **_of_store(scope))

    def periods(self, scope: Scope, grain: str) -> list[Row]:
        """Series B by 'day', 'week' or 'month'."""
        return self._rows("rating_periods", grain=grain, **scope.parameters())

    def span(self, scope: Scope) -> Row:
        """The whole span in one row."""
        return self._rows("rating_span", **scope.parameters())[0]

    def versions(self, scope: Scope) -> list[Row]:
        """Series B by version, in the order in which they came out."""
        return self._rows("rating_versions", **scope.parameters())

    def topics(self, scope: Scope) -> list[Row]:
        """Topics of the span against the span before."""
        return self._rows("topic_changes", **scope.parameters())

    def known_days(self, app: str) -> tuple[date, date] | None:
        """The first and the last day of which anything is known of an app."""
        (row,) = self._rows("known_days", app=app)
        return (row["first_day"], row["last_day"]) if row["first_day"] else None

    def count_reviews(self, scope: Scope, wanted: Wanted) -> int:
        """How many reviews of the scope are wanted."""
        return next((r["found"] for r in self.reviews(scope, wanted, count=1)), 0)

    def reviews(self, scope: Scope, wanted: Wanted, *, count: int, skip: int = 0) -> list[Row]:
        """One page of reviews, newest first; each row says how many were `found` in all."""
        words = {"topic": wanted.topic, "tone": wanted.tone, "stars": wanted.stars}
        return self._rows("review_examples", count=count, skip=skip, **words, **scope.parameters())

    def _rows(self, name: str, **parameters: Any) -> list[Row]:
        return _ask(str(self.path), name, tuple(sorted(parameters.items())))


def published() -> Published:
    """The publication that is current now. Raises NothingPublished."""
    return Published(reads.current(folder()))


def folder() -> Path:
    """The data folder: `HOSHIYOMI_DATA`, else ./data."""
    return Path(os.environ.get("HOSHIYOMI_DATA") or "data").expanduser().absolute()


@st.cache_data(show_spinner=False, max_entries=2_000)
def _ask(path: str, name: str, parameters: tuple[tuple[str, Any], ...]) -> list[Row]:
    values = {k: list(v) if isinstance(v, tuple) else v for k, v in parameters}
    return reads.rows(Path(path), name, **values)


def _of_store(scope: Scope) -> dict[str, Any]:
    return {k: v for k, v in scope.parameters().items() if k in ("app", "first", "last", "stores")}
