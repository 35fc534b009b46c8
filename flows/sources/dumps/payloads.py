"""Saved answers of the stores' own APIs, read by the parsers that the collectors read them with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flows.sources.dumps.problems import BadRow
from flows.sources.payload import ShapeError, lookup
from warehouse.records import Review

# What a parser finds fault with, and how a row with that fault is put aside.
_REASONS = {
    "starRating": ("rating_out_of_range", "rating"), "rating": ("rating_out_of_range", "rating"),
    "lastModified": ("unreadable_date", "date"), "createdDate": ("unreadable_date", "date"),
    "text": ("no_text_and_no_rating", "text"), "reviewId": ("missing_field", "review_id"),
    "id": ("missing_field", "review_id"),
}  # fmt: skip


def is_payload(name: str, record: Mapping[str, Any]) -> bool:
    """Whether a record is an element of the API's answer, and not a row that somebody made of one."""
    if name == "android_publisher":
        return isinstance(record.get("comments"), list)
    attributes = record.get("attributes")
    return isinstance(attributes, dict) and "body" in attributes and "id" in record


def read_payload(
    name: str,
    item: Mapping[str, Any],
    app: str,
    seen_at: datetime,
    source: str,
    *,
    version: str | None,
    country: str | None,
) -> Review:
    """The review of one element. `version` and `country` are those of App Store Connect's, which tells the
    one
    elsewhere and the other by names that a dump may lack. Raises BadRow."""
    try:
        if name == "android_publisher":
            from flows.sources.google_play.publisher_api import read_review

            return read_review(_bare(item), app, seen_at, source)
        from flows.sources.app_store.connect import read_review as read_connect

        # The answer lies in the record already (`shapes`); the parser looks for it among those of its page.
        answer = item.get("response")
        named = lookup(item, ["relationships", "response", "data", "id"])
        included = {str(named): {"attributes": _bare(answer)}} if isinstance(answer, dict) else {}
        return read_connect(_bare(item), included, app, seen_at, source, version=version, country=country)
    except ShapeError as problem:
        reason, field = _REASONS.get(problem.field, ("unreadable_json", None))
        raise BadRow(reason, field) from None


def _bare(value: Any) -> Any:
    """A value without the clothes that a database puts around numbers and times."""
    if isinstance(value, dict):
        wrapped = next(iter(value)) if len(value) == 1 else ""
        if wrapped.startswith("$number"):
            return int(value[wrapped]) if str(value[wrapped]).lstrip("-").isdigit() else value[wrapped]
        return (
            _bare(value[wrapped]) if wrapped in ("$date", "$oid") else {k: _bare(v) for k, v in value.items()}
        )
    return [_bare(v) for v in value] if isinstance(value, list) else value
