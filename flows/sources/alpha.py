"""Feedback of opted-in testers, read from its JSON shape (`hoshiyomi-feedback/1`).

```
{"format": "hoshiyomi-feedback/1", "app": "<app key>", "items": [
  {"id": "...", "tester": "<pseudonym>", "cohort": "...", "language": "ja", "app_version": "2.0.0-beta.1",
   "screen": "home", "rating": 4, "text": "...", "submitted_at": "<ISO 8601 with offset>",
   "consent": {"version": "...", "analyse": true, "quote": false}}]}
```

`language`, `app_version`, `screen`, `rating` and `text` may be null. Consent may not: feedback without it
is an error, never a default.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime

from flows.sources.gate import passed
from flows.sources.shapes import ShapeError, count_at, lookup, text_at, text_or_none
from warehouse.records import Feedback

FORMAT = "hoshiyomi-feedback/1"


def parse_feedback(body: str, *, seen_at: datetime, source: str, is_sample: bool = False) -> list[Feedback]:
    """The entries of one payload, through the gate. Raises ShapeError naming the field."""
    try:
        document = json.loads(body)
    except ValueError as error:
        raise ShapeError("feedback", "is not JSON") from error
    if lookup(document, ["format"]) != FORMAT:
        raise ShapeError("format", f"is not {FORMAT}")
    app = text_at(document, ["app"], "app")
    items = lookup(document, ["items"])
    if not isinstance(items, list):
        raise ShapeError("items", "is not a list")
    return [_feedback(item, app, seen_at, source, is_sample) for item in items]


def _feedback(item: object, app: str, seen_at: datetime, source: str, is_sample: bool) -> Feedback:
    text, redactions = passed(text_or_none(item, ["text"], "text"))
    return Feedback(
        feedback_id=text_at(item, ["id"], "id"),
        app=app,
        cohort=text_at(item, ["cohort"], "cohort"),
        tester=text_at(item, ["tester"], "tester"),
        source=source,
        rating=_stars(item),
        text=text,
        submitted_at=_time(item),
        seen_at=seen_at,
        language=text_or_none(item, ["language"], "language"),
        version=text_or_none(item, ["app_version"], "app_version"),
        screen=text_or_none(item, ["screen"], "screen"),
        consent_version=text_at(item, ["consent", "version"], "consent.version"),
        may_analyse=_agreed(item, "analyse"),
        may_quote=_agreed(item, "quote"),
        redactions=redactions,
        is_sample=is_sample,
    )


def _stars(item: object) -> int | None:
    if lookup(item, ["rating"]) is None:
        return None
    rating = count_at(item, ["rating"], "rating")
    if not 1 <= rating <= 5:
        raise ShapeError("rating", "stars lie outside 1..5")
    return rating


def _agreed(item: object, to: str) -> bool:
    value = lookup(item, ["consent", to])
    if not isinstance(value, bool):
        raise ShapeError(f"consent.{to}", "is neither true nor false")
    return value


def _time(item: object) -> datetime:
    label = text_at(item, ["submitted_at"], "submitted_at")
    try:
        moment = datetime.fromisoformat(label)
    except ValueError as error:
        raise ShapeError("submitted_at", "is no ISO 8601 time") from error
    if moment.tzinfo is None:
        raise ShapeError("submitted_at", "has no offset")
    return moment.astimezone(UTC)
