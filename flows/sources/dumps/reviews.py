"""From a row's values to a review, through the gate. Names of authors are not among the values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from flows.redaction.gate import passed, passed_pair
from flows.sources.app_store.scraper import derived_id
from flows.sources.dumps import places, values
from flows.sources.dumps.dates import Dates, is_day_only
from flows.sources.dumps.formats import REVIEW_FIELDS, Format, plain_name
from flows.sources.dumps.payloads import read_payload
from flows.sources.dumps.problems import BadRow, excerpt
from warehouse.records import Review

# Developers answer many people in the same words.
_app_id = lru_cache(maxsize=4096)(values.app_id)
_looks_like_app_id = lru_cache(maxsize=4096)(values.looks_like_app_id)
_passed_reply = lru_cache(maxsize=2048)(passed)
_BODIES = (
    "body", "text", "comment", "content", "snippet", "responsebody", "message", "replytext", "replycontent",
    "responsetext",
    "reply", "response", "answer",
)  # fmt: skip
_TIMES = (
    "modified", "lastmodified", "lastmodifieddate", "updatedat", "updated", "isodate", "date", "repliedat",
    "respondedat",
    "replydate", "timestamp", "createdat", "created", "time",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewBuilder:
    """Makes reviews of one file's rows; the fields hold for rows that do not say it themselves."""

    format: Format
    source: str
    store: str | None
    store_app_id: str | None
    language: str | None
    country: str | None
    dates: Dates
    seen_at: datetime
    shortest_id: int = 1
    """Whole numbers of fewer digits count rows and are no ids of a store."""
    has_ids: bool = True
    are_app_ids: bool = False
    """Whether the column of apps mostly holds ids of a store, so that a name among them is none."""
    lacks: str | None = None
    """Of title and answer what the file has no column for."""
    notes: Counter[str] = field(default_factory=Counter)
    """What was left out or made up without losing a row, by what happened."""

    def __call__(self, row: Sequence[Any], occurrence: int = 1) -> Review:
        """One row's review. Raises BadRow naming reason and field.

        `occurrence` counts the rows of the file with the same values: of reviews without ids, dated by
        days, so
        many people wrote the same words.
        """
        (
            app_id,
            raw_id,
            rating,
            title,
            text,
            date,
            created,
            version,
            country,
            language,
            votes,
            reply,
            replied,
            store,
            device,
            original_title,
            original_text,
            clock,
            item,
        ) = row
        if isinstance(item, dict):
            return self._of_payload(item, app_id, version, country)
        if original_title and not values.is_blank(original_title):
            title = original_title
        if original_text and not values.is_blank(original_text):
            text = original_text
        if clock and isinstance(date, str) and not values.is_blank(clock):
            date = f"{date} {clock}"
        if self.format.is_title_in_text and isinstance(text, str) and "\t" in text:
            title, _, text = text.rpartition("\t")
            title, text = title.strip(), text.strip()
        title = values.shown_text(title) if title else None
        text = values.shown_text(text) if text else None
        if title:
            title, text, in_text = passed_pair(title, text)
        else:
            title = None
            text, in_text = passed(text) if text else (None, 0)
        rating = values.stars(rating)
        if rating is None and title is None and text is None:
            raise BadRow("no_text_and_no_rating", "text")
        if created and values.is_blank(date):
            date = created
        reviewed_at = self.dates(date)
        reply, replied, in_reply = self._reply(reply, replied) if reply else (None, None, 0)
        store = self._store(store) if store else self.store
        if store is None:
            raise BadRow("unknown_store", "store")
        app = self._app(app_id)
        is_play = store == "google_play"
        where = spoken = None
        if is_play:
            spoken = self._place(language, places.language, "language_unknown") or self.language
        else:
            where = self._place(country, places.country, "country_unknown") or self.country
        version = values.version(version) if version else None
        review_id = self._id(raw_id, app)
        if review_id is None:
            edition = where if version is None else f"{where or ''} {version}"
            if occurrence > 1 and is_day_only(date, reviewed_at):
                self.notes["equal_rows_kept"] += 1
                edition = f"{edition or ''} #{occurrence}"
            # A derived id is made of the texts after the gate: a personal number may not even be hashed.
            review_id = derived_id(app, edition, reviewed_at, rating, title, text)
        return Review(
            store=store,
            store_app_id=app,
            review_id=review_id,
            source=self.source,
            rating=rating,
            title=title,
            text=text,
            reviewed_at=reviewed_at,
            seen_at=self.seen_at,
            language=spoken,
            country=where,
            version=version,
            thumbs_up=values.votes(votes),
            reply=reply,
            replied_at=replied,
            redactions=in_text + in_reply,
            redactions_reply=in_reply,
            device=values.device(device) if device else None,
            lacks=self.lacks,
        )

    def _of_payload(self, item: Any, app_id: object, version: object, country: object) -> Review:
        """The review that the collector's parser makes of an element of a store's own API."""
        review = read_payload(
            self.format.name, item, self._app(app_id), self.seen_at, self.source,
            version=values.version(version) if version else None,
            country=self._place(country, places.country, "country_unknown") or self.country,
        )  # fmt: skip
        if review.rating is None and review.title is None and review.text is None:
            raise BadRow("no_text_and_no_rating", "text")
        # The same span holds for every dump: a file may have been changed since it was saved.
        self.dates(review.reviewed_at)
        if review.store == "google_play":
            spoken = places.language(review.language) or self.language
            review = replace(review, language=spoken, version=values.version(review.version))
        return review

    def _id(self, raw: Any, app: str) -> str | None:
        if raw is None or raw == "":
            if self.has_ids:
                self.notes["id_missing"] += 1
            return None
        found = values.review_id(raw, shortest=self.shortest_id)
        if found == app:
            found = None
        if found is None:
            self.notes[
                "id_counts_rows" if str(raw).strip().removesuffix(".0").isdigit() else "id_missing"
            ] += 1
        return found

    def _app(self, app_id: object) -> str:
        if app_id is None or app_id == "" or values.is_blank(app_id):
            if self.store_app_id is None:
                raise BadRow("missing_field", "app_id")
            return self.store_app_id
        if self.are_app_ids and not _looks_like_app_id(app_id):
            raise BadRow("not_an_app_id", "app_id")
        return _app_id(app_id)

    def _store(self, said: object) -> str | None:
        if values.is_blank(said):
            return self.store
        found = places.store(said)
        if found is None:
            raise BadRow("unknown_store", "store")
        return found

    def _place(self, said: object, read: Any, note: str) -> str | None:
        if said is None or said == "":
            return None
        found: str | None = read(said) if isinstance(said, str) else None
        if found is None and not values.is_blank(said):
            self.notes[note] += 1
        return found

    def _reply(self, reply: Any, replied: Any) -> tuple[str | None, datetime | None, int]:
        if isinstance(reply, list):
            # All that developers said; the last of it holds.
            reply = next((r for r in reversed(reply) if r), None)
        if isinstance(reply, str) and reply.startswith("{") and reply.endswith("}"):
            reply = values.python_literal(reply) or reply
        if isinstance(reply, dict):
            # app-store-scraper: {"id": ..., "body": ..., "modified": ...}
            said = {plain_name(name): value for name, value in reply.items()}
            replied = next((said[t] for t in _TIMES if said.get(t)), replied)
            reply = next((said[b] for b in _BODIES if isinstance(said.get(b), str) and said[b]), None)
        text, count = _passed_reply(values.shown_text(reply))
        if text is None:
            return None, None, 0
        moment = self.dates.or_none(replied)
        if moment is None and not values.is_blank(replied):
            self.notes["reply_date_unreadable"] += 1
        return text, moment, count

    def excerpt(self, row: Sequence[Any]) -> str | None:
        """What of a bad row may be shown."""
        return excerpt(zip(REVIEW_FIELDS[:-1], row[:-1], strict=True))
