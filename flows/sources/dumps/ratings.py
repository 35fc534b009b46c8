"""From a row's values to what the store displays: a score at a moment and its release, or a day's average."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flows.redaction.gate import passed, passed_start
from flows.sources.dumps import places, values
from flows.sources.dumps.dates import Dates
from flows.sources.dumps.formats import DAILY_FIELDS, RATING_FIELDS, Format
from flows.sources.dumps.problems import BadRow, excerpt
from warehouse.records import DailyRating, RatingSnapshot, Release

_NOTES_LANGUAGE = re.compile(r"[?&]hl=([A-Za-z]{2,3})\b")
_STOREFRONT = re.compile(r"apple\.com/([a-z]{2})/")
_LONGEST_TITLE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingBuilder:
    """Makes snapshots and releases of one file's rows."""

    format: Format
    source: str
    store: str
    store_app_id: str | None
    language: str | None
    country: str | None
    dates: Dates
    seen_at: datetime

    def __call__(self, row: Sequence[Any]) -> tuple[RatingSnapshot, Release | None]:
        """One row's snapshot and, where it names a version, its release. Raises BadRow.

        A saved answer of a store was seen when it was saved (`observed`). Other dumps give no time of
        observation: their snapshot is set at the release of the version it shows and says so
        (`version_updated`): it was seen then or later.
        """
        v = dict(zip(RATING_FIELDS, row, strict=True))
        app = self.store_app_id if values.is_blank(v["app_id"]) else values.app_id(v["app_id"])
        if not app:
            raise BadRow("missing_field", "app_id")
        updated = None if self.format.is_observed and values.is_blank(v["date"]) else self.dates(v["date"])
        observed = self.dates.or_none(v["observed"]) or (self.seen_at if self.format.is_observed else None)
        version = values.version(v["version"])
        ratings = values.count(v["ratings"], "ratings")
        is_play = self.store == "google_play"
        moment = observed or updated
        if moment is None:
            raise BadRow("unreadable_date", "date")
        snapshot = RatingSnapshot(
            store=self.store,
            store_app_id=app,
            source=self.source,
            observed_at=moment,
            observed_at_basis="observed" if observed else "version_updated",
            seen_at=self.seen_at,
            displayed_score=_score(v["score"], ratings),
            ratings_count=ratings,
            reviews_count=values.count(v["reviews"], "reviews"),
            **_histogram(v),  # type: ignore[arg-type]
            histogram_is_reweighted=is_play,
            installs=values.count(v["installs"], "installs"),
            version=version,
            country=self._country(v),
            language=places.language(v["language"]) or self.language,
            title=_gated(v["title"], _LONGEST_TITLE),
            category=_gated(v["category"], _LONGEST_TITLE),
            developer=_gated(v["developer"], _LONGEST_TITLE),
        )
        return snapshot, self._release(v, app, version, updated) if version and updated else None

    def _country(self, v: dict[str, Any]) -> str | None:
        named = _STOREFRONT.search(str(v["url"] or ""))
        return places.country(v["country"]) or (named[1] if named else None) or self.country

    def _release(self, v: dict[str, Any], app: str, version: str, updated: datetime) -> Release:
        notes = _gated(values.shown_text(v["notes"]), None)
        named = _NOTES_LANGUAGE.search(str(v["url"] or ""))
        return Release(
            store=self.store,
            store_app_id=app,
            version=version,
            source=self.source,
            released_at=updated,
            seen_at=self.seen_at,
            notes=notes,
            notes_language=places.language(named[1]) if notes and named else None,
        )

    def excerpt(self, row: Sequence[Any]) -> str | None:
        """What of a bad row may be shown."""
        return excerpt(zip(RATING_FIELDS, row, strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyBuilder:
    """Makes days of Play Console's ratings overview."""

    source: str
    store: str
    store_app_id: str | None
    dates: Dates
    seen_at: datetime

    def __call__(self, row: Sequence[Any]) -> DailyRating:
        """One day. Raises BadRow; a day whose average lies outside 1 to 5 is put aside, and not its month."""
        app, day, daily, total = row
        if values.is_blank(app):
            raise BadRow("missing_field", "app_id")
        return DailyRating(
            store=self.store,
            store_app_id=values.app_id(app),
            # As Play Console cuts days, in Pacific time.
            day=self.dates(day).date(),
            source=self.source,
            seen_at=self.seen_at,
            daily_average=_average(daily, "daily_average"),
            total_average=_average(total, "total_average"),
        )

    def excerpt(self, row: Sequence[Any]) -> str | None:
        """What of a bad row may be shown."""
        return excerpt(zip(DAILY_FIELDS, row, strict=True))


def _average(value: object, field: str) -> float | None:
    """An average; None where Play Console writes that there is none."""
    average = values.decimal(value, field)
    if average is not None and not 1 <= average <= 5:
        raise BadRow("rating_out_of_range", field)
    return average


def _histogram(v: dict[str, Any]) -> dict[str, int | None]:
    """Ratings by stars: of five columns, a list from one star to five, or an object by number."""
    given = v["histogram"]
    if isinstance(given, list) and len(given) == 5:
        columns = dict(enumerate(given, start=1))
    elif isinstance(given, dict):
        columns = {n: given.get(str(n)) for n in range(1, 6)}
    else:
        columns = {n: v[f"stars_{n}"] for n in range(1, 6)}
    return {f"stars_{n}": values.count(value, f"stars_{n}") for n, value in columns.items()}


def _score(value: object, ratings: int | None) -> float | None:
    """The displayed score; None where the store shows none, which dumps write as 0."""
    score = values.decimal(value, "score")
    if score is None or (score == 0 and not ratings):
        return None
    if not 1 <= score <= 5:
        raise BadRow("rating_out_of_range", "score")
    return score


def _gated(value: object, longest: int | None) -> str | None:
    if values.is_blank(value):
        return None
    return passed(str(value))[0] if longest is None else passed_start(str(value), longest)
