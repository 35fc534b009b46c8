"""Which dumps are known, by their columns, and which column is which field."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from flows.errors import InputError
from flows.redaction.gate import redact

REVIEW_FIELDS = (
    "app_id", "review_id", "rating", "title", "text", "date", "version", "country", "language",
    "thumbs_up", "reply", "replied_at",
)  # fmt: skip
RATING_FIELDS = (
    "app_id", "title", "version", "date", "score", "ratings", "reviews", "stars_1", "stars_2", "stars_3",
    "stars_4", "stars_5", "installs", "notes", "url", "country", "language",
)  # fmt: skip
FEEDBACK_FIELDS = (
    "id", "person", "text", "rating", "date", "version", "language", "screen", "device", "cohort", "analyse",
    "quote",
)  # fmt: skip
# Who wrote a review is never read. Where a dump has such a column, a row whose columns are out of place
# is not even quoted, because nobody knows which of its values is the name.
_AUTHOR = re.compile(r"user|author|reviewer.?name|nick|avatar|e-?mail|device", re.I)

_APP_ID = ("app_id", "appid", "package name", "package_name", "package", "store_app_id", "bundle_id")
_COUNTRY = ("country", "storefront", "territory")
_LANGUAGE = ("language", "lang", "reviewer language")


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One known layout. Column names are compared in lower case."""

    name: str
    kind: Literal["reviews", "ratings", "feed", "feedback"]
    store: str | None
    marks: tuple[frozenset[str], ...]
    """A file that has all columns of any of these sets is of this format."""
    columns: Mapping[str, tuple[str, ...]]
    """For each field the columns it may stand in, the best first."""

    def field_names(self) -> tuple[str, ...]:
        fields = {"ratings": RATING_FIELDS, "feedback": FEEDBACK_FIELDS}
        return fields.get(self.kind, REVIEW_FIELDS)


def _marks(*sets: str) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(names.split("+")) for names in sets)


PLAY_CONSOLE = Format(
    name="play_console",
    kind="reviews",
    store="google_play",
    marks=_marks("package name+star rating"),
    columns={
        "app_id": ("package name",),
        "review_id": ("review link",),
        "rating": ("star rating",),
        "title": ("review title",),
        "text": ("review text",),
        # The date that a reader of the store sees is that of the last change.
        "date": (
            "review last update millis since epoch", "review last update date and time",
            "review submit millis since epoch", "review submit date and time",
        ),
        "version": ("app version name",),
        "language": ("reviewer language",),
        "reply": ("developer reply text",),
        "replied_at": ("developer reply millis since epoch", "developer reply date and time"),
    },
)  # fmt: skip
GOOGLE_PLAY_SCRAPER = Format(
    name="google_play_scraper",
    kind="reviews",
    store="google_play",
    marks=_marks("reviewid+score", "review_id+score+content", "content+score+at"),
    columns={
        "app_id": _APP_ID,
        "review_id": ("reviewid", "review_id"),
        "rating": ("score",),
        "text": ("content",),
        "date": ("at",),
        "version": ("reviewcreatedversion", "review_version", "review_created_version", "appversion"),
        "language": _LANGUAGE,
        "thumbs_up": ("thumbsupcount", "thumbs_up", "thumbs_up_count"),
        "reply": ("replycontent", "reply", "reply_content"),
        "replied_at": ("repliedat", "replied_at"),
    },
)
APP_STORE_SCRAPER = Format(
    name="app_store_scraper",
    kind="reviews",
    store="app_store",
    marks=_marks("review+rating+date+isedited", "review+rating+date+username+title"),
    columns={
        "app_id": _APP_ID,
        "rating": ("rating",),
        "title": ("title",),
        "text": ("review",),
        "date": ("date",),
        "country": _COUNTRY,
        "reply": ("developerresponse",),
    },
)
DISPLAYED_SERIES = Format(
    name="displayed_series",
    kind="ratings",
    store="google_play",
    marks=_marks("app_id+score_displayed+version_updated_utc"),
    columns={
        "app_id": _APP_ID,
        "title": ("title",),
        "version": ("version",),
        "date": ("version_updated_utc",),
        "score": ("score_displayed",),
        "ratings": ("ratings",),
        "reviews": ("reviews",),
        **{f"stars_{n}": (f"stars_{n}",) for n in range(1, 6)},
        "country": _COUNTRY,
        "language": _LANGUAGE,
    },
)
VERSIONS = Format(
    name="versions",
    kind="ratings",
    store="google_play",
    marks=_marks("app_id+version+updated+score+ratings"),
    columns={
        "app_id": _APP_ID,
        "title": ("title",),
        "version": ("version",),
        "date": ("updated",),
        "score": ("score",),
        "ratings": ("ratings",),
        "reviews": ("reviews",),
        **{f"stars_{n}": (f"s{n}", f"stars_{n}") for n in range(1, 6)},
        "installs": ("installs",),
        "notes": ("recent_changes", "notes"),
        "url": ("url",),
        "country": _COUNTRY,
        "language": _LANGUAGE,
    },
)
APP_STORE_FEED = Format(
    name="app_store_feed", kind="feed", store="app_store", marks=_marks("feed"), columns={}
)
GENERIC = Format(
    name="generic",
    kind="reviews",
    store=None,
    marks=(),
    columns={
        "app_id": _APP_ID,
        "review_id": ("review_id", "reviewid", "id"),
        "rating": ("rating", "stars", "star", "score", "star rating"),
        "title": ("title", "headline", "subject"),
        "text": ("text", "review", "content", "body", "comment", "review text"),
        "date": ("date", "reviewed_at", "at", "created_at", "updated", "timestamp", "review date"),
        "version": ("version", "app_version", "review_version", "appversion"),
        "country": _COUNTRY,
        "language": _LANGUAGE,
        "thumbs_up": ("thumbs_up", "votes", "helpful"),
        "reply": ("reply", "response", "developer_reply"),
        "replied_at": ("replied_at", "reply_date"),
    },
)
FORMATS = (
    PLAY_CONSOLE, GOOGLE_PLAY_SCRAPER, APP_STORE_SCRAPER, DISPLAYED_SERIES, VERSIONS, APP_STORE_FEED, GENERIC,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A format and, for one file, the column of each of its fields (None where the file has none)."""

    format: Format
    columns: tuple[str | None, ...]
    has_authors: bool

    def has(self, field: str) -> bool:
        """Whether the file has a column for this field."""
        return self.columns[self.format.field_names().index(field)] is not None


def lay_out(file: str, names: Sequence[str], wanted: str | None, mapping: Mapping[str, str]) -> Layout:
    """Find the format of a file by its column names, and its columns.

    Raises InputError naming what was seen, the nearest known name and the remedy.
    """
    by_name = {name.strip().casefold(): name for name in reversed(names)}
    known = _named(file, wanted) if wanted else _recognised(by_name, mapping)
    if known is None:
        raise _unknown(file, names)
    if known.kind == "feed":
        return Layout(format=known, columns=(), has_authors=True)
    chosen = {f: first_of(by_name, known.columns.get(f, ())) for f in known.field_names()}
    for field, column in mapping.items():
        if field not in chosen:
            raise InputError(f"--map {field}={column}: unknown field{nearest_to(field, chosen)}.")
        if column.strip().casefold() not in by_name:
            raise InputError(f"--map {field}={column}: {file} has no such column{nearest_to(column, names)}.")
        chosen[field] = by_name[column.strip().casefold()]
    _demand(file, known, chosen, names)
    return Layout(
        format=known,
        columns=tuple(chosen.values()),
        has_authors=any(_AUTHOR.search(name) for name in names),
    )


def _named(file: str, wanted: str) -> Format:
    for known in FORMATS:
        if known.name == wanted:
            return known
    raise InputError(
        f"{file}: --format {wanted!r} is unknown{nearest_to(wanted, [f.name for f in FORMATS])}."
    )


def _recognised(by_name: Mapping[str, str], mapping: Mapping[str, str]) -> Format | None:
    for known in FORMATS:
        if any(marks <= by_name.keys() for marks in known.marks):
            return known
    found = {f for f, columns in GENERIC.columns.items() if first_of(by_name, columns)} | mapping.keys()
    return GENERIC if "date" in found and ("text" in found or "rating" in found) else None


def first_of(by_name: Mapping[str, str], columns: Iterable[str]) -> str | None:
    return next((by_name[c] for c in columns if c in by_name), None)


def _demand(file: str, known: Format, chosen: Mapping[str, str | None], names: Sequence[str]) -> None:
    needs: tuple[tuple[str, ...], ...] = (("date",), ("rating", "text"))
    if known.kind == "ratings":
        needs = (("date",), ("score",))
    for fields in needs:
        if not any(chosen[f] for f in fields):
            raise InputError(
                f"{file}: read as {known.name}, but there is no column for {' or '.join(fields)}. "
                f"Columns: {shown_names(names)}. Remedy: --map {fields[0]}=COLUMN, or another --format."
            )


def _unknown(file: str, names: Sequence[str]) -> InputError:
    near = _near_columns(names)
    return InputError(
        f"{file}: no known format has these columns: {shown_names(names)}.{near} Remedy: --format "
        f"{'|'.join(f.name for f in FORMATS)}, or name the columns with --map date=COLUMN --map "
        "rating=COLUMN --map text=COLUMN; a CSV needs its header in the first line."
    )


def _near_columns(names: Sequence[str]) -> str:
    known = sorted({c for f in FORMATS for columns in f.columns.values() for c in columns})
    for name in names:
        near = difflib.get_close_matches(name.strip().casefold(), known, n=1, cutoff=0.75)
        if near and near[0] != name.strip().casefold():
            return f" {shown_names([name])} is near the known column {near[0]!r}."
    return ""


def shown_names(names: Sequence[str]) -> str:
    """Column names for a message; what does not look like a name may be somebody's text."""
    if any(re.fullmatch(r"[\d.,:/\- T]+", name) for name in names):
        return "(the first line looks like a row, not like a header)"
    shown = [repr(redact(n)[0]) if re.fullmatch(r"[\w .\-]{1,40}", n) else "(a text)" for n in names[:15]]
    return ", ".join(shown) + (f" and {len(names) - 15} more" if len(names) > 15 else "")


def nearest_to(word: str, known: Iterable[str]) -> str:
    known = list(known)
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return f"; did you mean {near[0]!r}?" if near else f"; known are {', '.join(known)}"
