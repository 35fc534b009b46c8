"""Feedback of opted-in testers and their consents, read from JSON.

Feedback, `hoshiyomi-feedback/1`:

```
{"format": "hoshiyomi-feedback/1", "app": "<app key>", "items": [
  {"id": "...", "tester": "<pseudonym>", "cohort": "...", "language": "ja", "app_version": "2.0.0-beta.1",
   "screen": "home", "rating": 4, "text": "...", "submitted_at": "<ISO 8601 with offset>",
   "consent": {"version": "...", "analyse": true, "quote": false}}]}
```

`language`, `app_version`, `screen`, `rating` and `text` may be null. Consent may not: feedback without it
is an error, never a default.

Entries of the consent ledger, `hoshiyomi-consent/1`:

```
{"format": "hoshiyomi-consent/1", "app": "<app key>", "entries": [
  {"tester": "<pseudonym>", "cohort": "...", "event": "given", "wording": "...", "language": "ja",
   "purposes": {"improve": true, "analyse": true, "quote": false, "contact": false},
   "at": "<ISO 8601 with offset>"}]}
```

`event` is given, changed or withdrawn. Nothing may be missing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime

from flows.redaction.gate import is_harmless, passed, passed_field
from flows.sources.payload import ShapeError, count_at, lookup, text_at, text_or_none
from warehouse.records import Consent, Feedback

FORMAT = "hoshiyomi-feedback/1"
CONSENT_FORMAT = "hoshiyomi-consent/1"


def parse_feedback(body: str, *, seen_at: datetime, source: str, is_sample: bool = False) -> list[Feedback]:
    """The entries of one payload, through the gate. Raises ShapeError naming the field."""
    app, items = _document(body, "feedback", FORMAT, "items")
    return [_feedback(item, app, seen_at, source, is_sample) for item in items]


def parse_consents(body: str, *, source: str, is_sample: bool = False) -> list[Consent]:
    """The ledger entries of one payload. Raises ShapeError naming the field."""
    app, entries = _document(body, "consents", CONSENT_FORMAT, "entries")
    return [_consent(entry, app, source, is_sample) for entry in entries]


def _document(body: str, what: str, form: str, name: str) -> tuple[str, list[object]]:
    """The app of a payload and its list."""
    try:
        document = json.loads(body)
    except ValueError as error:
        raise ShapeError(what, "is not JSON") from error
    if lookup(document, ["format"]) != form:
        raise ShapeError("format", f"is not {form}")
    items = lookup(document, [name])
    if not isinstance(items, list):
        raise ShapeError(name, "is not a list")
    return _key(document, ["app"], "app"), items


def _consent(entry: object, app: str, source: str, is_sample: bool) -> Consent:
    event = lookup(entry, ["event"])
    if event not in ("given", "changed", "withdrawn"):
        raise ShapeError("event", "is none of given, changed, withdrawn")
    return Consent(
        tester=_key(entry, ["tester"], "tester"),
        app=app,
        cohort=_key(entry, ["cohort"], "cohort"),
        event=event,
        wording=_key(entry, ["wording"], "wording"),
        language=passed_field(text_or_none(entry, ["language"], "language")),
        may_improve=_ticked(entry, "purposes", "improve"),
        may_analyse=_ticked(entry, "purposes", "analyse"),
        may_quote=_ticked(entry, "purposes", "quote"),
        may_contact=_ticked(entry, "purposes", "contact"),
        at=_time(entry, "at"),
        source=source,
        is_sample=is_sample,
    )


def _feedback(item: object, app: str, seen_at: datetime, source: str, is_sample: bool) -> Feedback:
    text, redactions = passed(text_or_none(item, ["text"], "text"))
    return Feedback(
        feedback_id=_key(item, ["id"], "id"),
        app=app,
        cohort=_key(item, ["cohort"], "cohort"),
        tester=_key(item, ["tester"], "tester"),
        source=source,
        rating=_stars(item),
        text=text,
        submitted_at=_time(item, "submitted_at"),
        seen_at=seen_at,
        language=passed_field(text_or_none(item, ["language"], "language")),
        version=passed_field(text_or_none(item, ["app_version"], "app_version")),
        screen=passed_field(text_or_none(item, ["screen"], "screen")),
        consent_version=_key(item, ["consent", "version"], "consent.version"),
        may_analyse=_ticked(item, "consent", "analyse"),
        may_quote=_ticked(item, "consent", "quote"),
        redactions=redactions,
        is_sample=is_sample,
    )


def _key(item: object, path: Sequence[str], name: str) -> str:
    """A name that records are told apart by. What the gate would change is refused, not changed: one mark
    in the place of many keys would make many testers one."""
    key = text_at(item, path, name)
    if not is_harmless(key):
        raise ShapeError(name, "looks like a personal number or an address; use a pseudonym")
    return key


def _stars(item: object) -> int | None:
    if lookup(item, ["rating"]) is None:
        return None
    rating = count_at(item, ["rating"], "rating")
    if not 1 <= rating <= 5:
        raise ShapeError("rating", "stars lie outside 1..5")
    return rating


def _ticked(item: object, group: str, to: str) -> bool:
    value = lookup(item, [group, to])
    if not isinstance(value, bool):
        raise ShapeError(f"{group}.{to}", "is neither true nor false")
    return value


def _time(item: object, name: str) -> datetime:
    label = text_at(item, [name], name)
    try:
        moment = datetime.fromisoformat(label)
    except ValueError:
        # The error's own words quote the value, which may be anything.
        raise ShapeError(name, "is no ISO 8601 time") from None
    if moment.tzinfo is None:
        raise ShapeError(name, "has no offset")
    return moment.astimezone(UTC)
