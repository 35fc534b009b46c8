"""From a row's values to the store's displayed score at a moment, and the release it speaks of."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from flows.redaction.gate import passed, passed_start
from flows.sources.dumps import values
from flows.sources.dumps.formats import RATING_FIELDS
from flows.sources.dumps.problems import BadRow, excerpt
from warehouse.records import RatingSnapshot, Release

_NOTES_LANGUAGE = re.compile(r"[?&]hl=([A-Za-z]{2,3})\b")
_LONGEST_TITLE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingBuilder:
    """Makes snapshots and releases of one file's rows."""

    source: str
    store: str
    store_app_id: str | None
    language: str | None
    country: str | None
    zone: tzinfo
    seen_at: datetime

    def __call__(self, row: Sequence[Any]) -> tuple[RatingSnapshot, Release | None]:
        """One row's snapshot and, where it names a version, its release. Raises BadRow.

        The dumps give no time of observation. The snapshot is set at the release of the version it
        shows and says so (`version_updated`): it was seen then or later.
        """
        v = dict(zip(RATING_FIELDS, row, strict=True))
        app = self.store_app_id if values.is_blank(v["app_id"]) else values.app_id(v["app_id"])
        if not app:
            raise BadRow("missing_field", "app_id")
        updated = values.moment(v["date"], self.zone)
        version = values.version(v["version"])
        ratings = values.count(v["ratings"], "ratings")
        is_play = self.store == "google_play"
        snapshot = RatingSnapshot(
            store=self.store,
            store_app_id=app,
            source=self.source,
            observed_at=updated,
            observed_at_basis="version_updated",
            seen_at=self.seen_at,
            displayed_score=_score(v["score"], ratings),
            ratings_count=ratings,
            reviews_count=values.count(v["reviews"], "reviews"),
            **{f"stars_{n}": values.count(v[f"stars_{n}"], f"stars_{n}") for n in range(1, 6)},  # type: ignore[arg-type]
            histogram_is_reweighted=is_play,
            installs=values.count(v["installs"], "installs"),
            version=version,
            country=values.country(v["country"]) or self.country,
            language=values.language(v["language"]) or self.language,
            title=_gated(v["title"], _LONGEST_TITLE),
        )
        return snapshot, self._release(v, app, version, updated) if version else None

    def _release(self, v: dict[str, Any], app: str, version: str, updated: datetime) -> Release:
        notes = _gated(v["notes"], None)
        named = _NOTES_LANGUAGE.search(str(v["url"] or ""))
        return Release(
            store=self.store,
            store_app_id=app,
            version=version,
            source=self.source,
            released_at=updated,
            seen_at=self.seen_at,
            notes=notes,
            notes_language=values.language(named[1]) if notes and named else None,
        )

    def excerpt(self, row: Sequence[Any]) -> str | None:
        """What of a bad row may be shown."""
        return excerpt(zip(RATING_FIELDS, row, strict=True))


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
