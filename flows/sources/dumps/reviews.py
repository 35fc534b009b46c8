"""From a row's values to a review, through the gate. Names of authors are not among the values."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import lru_cache
from typing import Any

from flows.redaction.gate import passed, passed_pair
from flows.sources.app_store.scraper import derived_id
from flows.sources.dumps import values
from flows.sources.dumps.formats import REVIEW_FIELDS
from flows.sources.dumps.problems import BadRow, excerpt
from warehouse.records import Review

# Developers answer many people in the same words.
_app_id = lru_cache(maxsize=4096)(values.app_id)
_passed_reply = lru_cache(maxsize=2048)(passed)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewBuilder:
    """Makes reviews of one file's rows; the fields hold for rows that do not say it themselves."""

    source: str
    store: str
    store_app_id: str | None
    language: str | None
    country: str | None
    zone: tzinfo
    seen_at: datetime

    def __call__(self, row: Sequence[Any]) -> Review:
        """One row's review. Raises BadRow naming reason and field."""
        app_id, raw_id, rating, title, text, date, version, country, language, votes, reply, replied = row
        if title:
            title, text, in_text = passed_pair(_text(title), _text(text) if text else None)
        else:
            title = None
            text, in_text = passed(_text(text)) if text else (None, 0)
        rating = values.stars(rating)
        if rating is None and title is None and text is None:
            raise BadRow("no_text_and_no_rating", "text")
        reviewed_at = values.moment(date, self.zone)
        reply, replied, in_reply = self._reply(reply, replied) if reply else (None, None, 0)
        app = self._app(app_id)
        is_play = self.store == "google_play"
        where = None if is_play else values.country(country) or self.country
        version = values.version(version) if version else None
        return Review(
            store=self.store,
            store_app_id=app,
            # A derived id is made of the texts after the gate: a personal number may not even be hashed.
            review_id=values.review_id(raw_id)
            or derived_id(app, _edition(where, version), reviewed_at, rating, title, text),
            source=self.source,
            rating=rating,
            title=title,
            text=text,
            reviewed_at=reviewed_at,
            seen_at=self.seen_at,
            language=(values.language(language) or self.language) if is_play else None,
            country=where,
            version=version,
            thumbs_up=values.votes(votes),
            reply=reply,
            replied_at=replied,
            redactions=in_text + in_reply,
        )

    def _app(self, app_id: object) -> str:
        if app_id is None or app_id == "":
            if self.store_app_id is None:
                raise BadRow("missing_field", "app_id")
            return self.store_app_id
        return _app_id(app_id)

    def _reply(self, reply: Any, replied: Any) -> tuple[str | None, datetime | None, int]:
        if isinstance(reply, str) and reply.startswith("{") and reply.endswith("}"):
            reply = _literal(reply)
        if isinstance(reply, dict):
            # app-store-scraper: {"id": ..., "body": ..., "modified": ...}
            reply, replied = reply.get("body"), reply.get("modified")
        text, count = _passed_reply(_text(reply))
        return text, values.moment_or_none(replied, self.zone) if text else None, count

    def excerpt(self, row: Sequence[Any]) -> str | None:
        """What of a bad row may be shown."""
        return excerpt(zip(REVIEW_FIELDS, row, strict=True))


def _edition(country: str | None, version: str | None) -> str | None:
    """What tells two short reviews of one day apart, where the dump has it."""
    return country if version is None else f"{country or ''} {version}"


def _text(value: object) -> str | None:
    if isinstance(value, str):
        return value
    return None if values.is_blank(value) else str(value)


def _literal(text: str) -> Any:
    """A Python dictionary that was written into a CSV cell; the text itself when it is none."""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text
