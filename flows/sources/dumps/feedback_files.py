"""Reading a file of testers' feedback: each row a record through the gate, or put aside without its words.

CSV, JSON or JSON lines, also gzipped. Respondents' ids and addresses become pseudonyms in memory; names are
not read. What is wrong with one row never stops the next, and of a row put aside nothing is quoted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

from flows.errors import InputError
from flows.redaction import MY_NUMBER
from flows.redaction.gate import is_harmless, passed, passed_field, redact, shown
from flows.sources.app_store.connect import Consent as Agreed
from flows.sources.app_store.connect import submission
from flows.sources.dumps import places, values
from flows.sources.dumps.dates import Dates
from flows.sources.dumps.feedback_formats import TESTFLIGHT, lay_out_feedback
from flows.sources.dumps.formats import FEEDBACK_FIELDS
from flows.sources.dumps.layout import Layout
from flows.sources.dumps.problems import BadRow
from flows.sources.dumps.reading.csv_rows import csv_rows, find_header
from flows.sources.dumps.reading.json_rows import json_values, plain, shape_of
from flows.sources.dumps.reading.streams import TextStream, encoding_of, open_text, sample_of
from flows.sources.payload import ShapeError
from warehouse.records import Feedback, RejectedRow

_LISTS = ("feedbackReports", "data", "items", "responses", "results", "feedback")
_YES = frozenset({"1", "true", "yes", "y", "agree", "agreed", "はい", "同意する", "同意します", "可", "○"})

Pseudonym = Callable[[str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackOptions:
    """What the operator says of a file."""

    app: str
    consent_version: str
    may_analyse: bool
    may_quote: bool
    cohort: str | None
    """None where a column says it."""
    zone: tzinfo
    """In which times without a zone are read."""
    format: str | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    encoding: str | None = None


@dataclass(slots=True)
class FeedbackRead:
    """What a file gave."""

    format: str
    feedback: list[Feedback] = field(default_factory=list)
    rejected: list[RejectedRow] = field(default_factory=list)
    """The importer names their batch."""


Item = tuple[int, Any, BadRow | None]


def read_feedback(
    path: Path, options: FeedbackOptions, pseudonym: Pseudonym, seen_at: datetime
) -> FeedbackRead:
    """All rows of a file. Raises InputError naming the file, what was seen in it and the remedy."""
    if not path.is_file():
        raise InputError(f"{path}: there is no such file.")
    sample = sample_of(path)
    if not sample.strip(b"\0 \t\r\n"):
        raise InputError(f"{shown(path.name)}: the file is empty. Remedy: export it again.")
    encoding = encoding_of(path, sample, options.encoding)
    text = sample.decode(encoding, errors="replace")
    if shape_of(text) is None:
        return _of_csv(path, encoding, text, options, pseudonym, seen_at)
    return _of_json(path, encoding, sample, options, pseudonym, seen_at)


def _of_csv(
    path: Path, encoding: str, text: str, options: FeedbackOptions, pseudonym: Pseudonym, seen_at: datetime
) -> FeedbackRead:
    def is_known(names: list[str]) -> bool:
        try:
            lay_out_feedback("", names, options.format, options.mapping)
        except InputError:
            return False
        return True

    header = find_header(text, shown(path.name), is_known)
    layout = lay_out_feedback(shown(path.name), header.names, options.format, options.mapping)
    build = _Builder(layout, options, pseudonym, seen_at, Dates(options.zone, seen_at))
    found = FeedbackRead(layout.format.name)
    with closing(open_text(path, encoding)) as stream:
        for number, row, problem in csv_rows(stream, layout, header):
            item = dict(zip(FEEDBACK_FIELDS, row, strict=True)) if row is not None else None
            _take(found, path, (number, item, problem.bad if problem else None), build)
    return found


def _of_json(
    path: Path, encoding: str, sample: bytes, options: FeedbackOptions, pseudonym: Pseudonym,
    seen_at: datetime,
) -> FeedbackRead:  # fmt: skip
    with closing(open_text(path, encoding)) as stream:
        items = list(_items(stream, sample.decode(encoding, errors="replace")))
    if any(isinstance(i, _Submission) for _, i, _ in items):
        found = FeedbackRead(TESTFLIGHT.name)
        build: Callable[[Any], Feedback] = _SubmissionBuilder(options, seen_at)
        for item in items:
            _take(found, path, item, build)
        return found
    names = list(dict.fromkeys(n for _, i, _ in items[:50] if isinstance(i, dict) for n in i))
    layout = lay_out_feedback(shown(path.name), names, options.format, options.mapping)
    found, build = (
        FeedbackRead(layout.format.name),
        _Builder(layout, options, pseudonym, seen_at, Dates(options.zone, seen_at)),
    )
    for number, element, bad in items:
        row: dict[str, Any] | None = None
        if isinstance(element, dict):
            row = {
                f: element.get(c) if c is not None else None
                for f, c in zip(FEEDBACK_FIELDS, layout.columns, strict=True)
            }
        elif bad is None:
            bad = BadRow("not_an_object")
        _take(found, path, (number, row, bad), build)
    return found


@dataclass(frozen=True, slots=True)
class _Submission:
    """One submission in App Store Connect's own shape, with what came with it."""

    item: object
    included: Mapping[str, object]


def _items(stream: TextStream, sample: str) -> Iterator[Item]:
    """The entries of a JSON file: of a list, of lines, of documents around a list."""
    number = 0
    for _, element, problem in _elements(stream, sample):
        if problem is not None:
            number += 1
            yield number, None, problem
            continue
        included = _included(element)
        for entry in _entries(element):
            number += 1
            is_submission = isinstance(entry, dict) and isinstance(entry.get("attributes"), dict)
            yield number, _Submission(entry, included) if is_submission else entry, None


def _elements(stream: TextStream, sample: str) -> Iterator[Item]:
    found = json_values(stream, shape_of(sample) or "lines", "", plain)
    for number, (element, problem) in enumerate(found, start=1):
        yield number, element, problem.bad if problem else None


def _entries(element: Any) -> list[Any]:
    if isinstance(element, dict):
        for name in _LISTS:
            if isinstance(element.get(name), list):
                return list(element[name])
    return [element]


def _included(element: Any) -> dict[str, object]:
    listed = element.get("included") if isinstance(element, dict) else None
    return {str(i.get("id")): i for i in listed if isinstance(i, dict)} if isinstance(listed, list) else {}


def _take(found: FeedbackRead, path: Path, item: Item, build: Callable[[Any], Feedback]) -> None:
    number, element, bad = item
    if bad is None:
        try:
            found.feedback.append(build(element))
        except BadRow as problem:
            bad = problem
    if bad is not None:
        # Without its words: nobody agreed that they be shown.
        found.rejected.append(
            RejectedRow(
                batch="", source=f"feedback_file:{found.format}", file=shown(path.name), row_number=number,
                field=bad.field, reason=bad.reason, remedy=bad.remedy, excerpt=None,
            )
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Builder:
    """Makes feedback of one row's values, by field."""

    layout: Layout
    options: FeedbackOptions
    pseudonym: Pseudonym
    seen_at: datetime
    dates: Dates

    def __call__(self, row: Mapping[str, Any]) -> Feedback:
        """Raises BadRow naming reason and field."""
        text, redactions = passed(_text(row["text"]))
        rating = values.stars(row["rating"])
        if text is None and rating is None:
            raise BadRow("no_text_and_no_rating", "text")
        submitted_at = self.dates(row["date"])
        person, own = self._person(row)
        tester = self.pseudonym(person)
        # An id is one tester's: were it to pass to another, an erasure could not tell whose words came back.
        said = f"{tester} {own or f'{submitted_at.isoformat()} {rating} ' + (text or '')}"
        return Feedback(
            feedback_id=self._id(own, said),
            app=self.options.app,
            cohort=self._cohort(row),
            tester=tester,
            source=f"feedback_file:{self.layout.format.name}",
            rating=rating,
            text=text,
            submitted_at=submitted_at,
            seen_at=self.seen_at,
            language=places.language(row["language"]),
            version=passed_field(_text(row["version"])),
            screen=passed_field(_text(row["screen"])),
            device=passed_field(_text(row["device"])),
            consent_version=self.options.consent_version,
            may_analyse=self.options.may_analyse and self._agrees(row, "analyse"),
            may_quote=self.options.may_quote and self._agrees(row, "quote"),
            redactions=redactions,
        )

    def _person(self, row: Mapping[str, Any]) -> tuple[str, str | None]:
        """Who wrote it, as the file has it, and the entry's own id.

        Without a person the entry stands for one: who knows its id can still take it back."""
        own = _text(row["id"])
        person = _text(row["person"]) or own
        if person is None:
            raise BadRow("missing_field", "person")
        # A keyed hash of a My Number is one, too, before the law.
        for name, told in (("person", person), ("id", own)):
            if told is not None and MY_NUMBER in redact(told)[0]:
                raise BadRow("my_number", name)
        # projects/1/testers/<address>
        return (person.rpartition("/")[2] if "/testers/" in person else person), own

    def _id(self, own: str | None, said: str) -> str:
        if own is not None and self.layout.format is TESTFLIGHT and is_harmless(own):
            # App Store Connect's own id, so that a file and the API bring the same feedback once.
            return own[:100]
        key = self.pseudonym(f"feedback\0{self.options.app}\0{self.layout.format.name}\0{said}")
        return f"f-{key.partition('-')[2]}"

    def _cohort(self, row: Mapping[str, Any]) -> str:
        cohort = passed_field(_text(row["cohort"])) or self.options.cohort
        if cohort is None:
            raise BadRow("missing_field", "cohort")
        return cohort

    def _agrees(self, row: Mapping[str, Any], purpose: str) -> bool:
        """What the row's own column says; where the file has none, the operator's word is all there is."""
        if self.layout.columns[FEEDBACK_FIELDS.index(purpose)] is None:
            return True
        return str(row[purpose] or "").strip().casefold() in _YES


@dataclass(frozen=True, slots=True)
class _SubmissionBuilder:
    """Makes feedback of App Store Connect's own shape, as the collector does."""

    options: FeedbackOptions
    seen_at: datetime

    def __call__(self, found: object) -> Feedback:
        if not isinstance(found, _Submission):
            raise BadRow("not_an_object")
        if self.options.cohort is None:
            raise BadRow("missing_field", "cohort")
        agreed = Agreed(
            app=self.options.app, version=self.options.consent_version, cohort=self.options.cohort,
            may_analyse=self.options.may_analyse, may_quote=self.options.may_quote,
        )  # fmt: skip
        try:
            return submission(
                found.item, found.included, agreed, self.seen_at, f"feedback_file:{TESTFLIGHT.name}"
            )
        except ShapeError as error:
            reason = "unreadable_date" if error.field == "createdDate" else "missing_field"
            raise BadRow(reason, error.field) from None


def _text(value: object) -> str | None:
    """A value as text; None where the file says nothing."""
    return None if values.is_blank(value) or isinstance(value, dict | list) else str(value).strip()
