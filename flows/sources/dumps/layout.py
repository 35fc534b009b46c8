"""From the names of a file's columns, and what stands in them, to its format and the column of each field."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from flows.errors import InputError
from flows.redaction.gate import redact
from flows.sources.dumps import values
from flows.sources.dumps.columns import Samples, column_of, judge, mostly, store_of_values
from flows.sources.dumps.formats import FORMATS, GENERIC, Format, plain_name

# Who wrote a review is never read. Where a dump has such a column, a row whose columns are out of place
# is not even quoted, because nobody knows which of its values is the name.
_AUTHOR = re.compile(
    r"user|author|reviewer.?name|nick|avatar|e-?mail|device|名前|氏名|投稿者|ユーザー名|ニックネーム", re.I
)
# Ratings by country, device, language or version add up to the overview.
_PARTS_OF_OVERVIEW = {"country", "device", "language", "androidosversion", "appversioncode", "carrier"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A format and, for one file, the column of each of its fields (None where the file has none)."""

    format: Format
    columns: tuple[str | None, ...]
    has_authors: bool
    store: str | None = None
    """The store of all rows, where the format or the values tell it."""
    mapped: frozenset[str] = frozenset()
    """Fields whose columns the user named."""
    are_app_ids: bool = False
    """Whether the column of apps mostly holds what can only be an app's id, so that a name among them is
    none."""

    def has(self, field: str) -> bool:
        """Whether the file has a column for this field."""
        return self.column(field) is not None

    def is_mapped(self, field: str) -> bool:
        """Whether the user named the column of this field."""
        return field in self.mapped

    def column(self, field: str) -> str | None:
        """The column of a field."""
        return self.columns[self.format.field_names().index(field)]


def lay_out(
    file: str,
    names: Sequence[str],
    wanted: str | None,
    mapping: Mapping[str, str],
    samples: Samples | None = None,
    store: str | None = None,
) -> Layout:
    """Find the format of a file by its column names, and its columns. `store` is what the user says of all
    rows.

    Raises InputError naming what was seen, the nearest known name and the remedy.
    """
    by_name = {plain_name(name): name for name in reversed(names)}
    known = named(file, wanted, FORMATS) if wanted else recognised(by_name, mapping, store)
    if known is None:
        other = recognised(by_name, mapping)
        raise (
            _unknown(file, names)
            if other is None
            else InputError(
                f"{file}: read as {other.name}, which is always of {other.store}; --store {store} "
                "contradicts it. "
                "Remedy: leave --store out, or name another --format."
            )
        )
    if known.kind == "daily_ratings" and _PARTS_OF_OVERVIEW & by_name.keys():
        raise InputError(
            f"{file}: ratings by country, device, language or version, which add up to the overview. "
            "Remedy: the file that ends in _overview.csv."
        )
    chosen = {f: column_of(by_name, known, f) for f in known.field_names()}
    told = store or known.store
    if known.kind == "reviews":
        judge(known, chosen, by_name, samples or {}, told)
    apply_mapping(file, chosen, names, mapping)
    _demand(file, known, chosen, names)
    apps = (samples or {}).get(chosen["app_id"] or "")
    return Layout(
        format=known, columns=tuple(chosen.values()), has_authors=any(_AUTHOR.search(name) for name in names),
        store=told or (store_of_values(chosen["app_id"], by_name,
        samples or {}) if known.kind == "reviews" else None),
        mapped=frozenset(mapping), are_app_ids=mostly(apps, values.looks_like_app_id),
    )  # fmt: skip


def apply_mapping(
    file: str, chosen: dict[str, str | None], names: Sequence[str], mapping: Mapping[str, str]
) -> None:
    """Put the columns that the user names into `chosen`. Raises InputError for a field or column that is
    not there."""
    by_name = {plain_name(name): name for name in reversed(names)}
    for field, column in mapping.items():
        if field not in chosen:
            raise InputError(f"--map {field}={column}: unknown field{nearest_to(field, chosen)}.")
        found = column if column in names else by_name.get(plain_name(column))
        if found is None:
            raise InputError(f"--map {field}={column}: {file} has no such column{nearest_to(column, names)}.")
        chosen[field] = found


def named(file: str, wanted: str, formats: Sequence[Format]) -> Format:
    """The format of this name. Raises InputError."""
    for known in formats:
        if known.name == wanted:
            return known
    raise InputError(
        f"{file}: --format {wanted!r} is unknown{nearest_to(wanted, [f.name for f in formats])}."
    )


def recognised(
    by_name: Mapping[str, str], mapping: Mapping[str, str], store: str | None = None
) -> Format | None:
    """The format that column names tell; None where there is no date, or neither stars nor a text.

    What only the other store's programs write is no format for a file of which the user says its `store`.
    """
    told = [
        known for known in FORMATS
        if any(marks <= by_name.keys() for marks in known.marks) and (store is None or known.store in (None,
        store))
    ]  # fmt: skip
    for known in told:
        # Several programs share some names; the one meant has columns for what it cannot be without.
        if all(any(column_of(by_name, known, f) or f in mapping for f in fields) for fields in _needs(known)):
            return known
    found = {f for f in GENERIC.field_names() if column_of(by_name, GENERIC, f)} | mapping.keys()
    if "date" in found and ("text" in found or "rating" in found):
        return GENERIC
    return told[0] if told else None


def _needs(known: Format) -> tuple[tuple[str, ...], ...]:
    """The fields without which a format says nothing, in groups of which one is enough."""
    if known.kind == "ratings":
        return (("date", "observed"), ("score",))
    if known.kind == "daily_ratings":
        return (("date",), ("app_id",), ("daily_average",))
    return (("date", "created"), ("rating", "text", "original_text"))


def _demand(file: str, known: Format, chosen: Mapping[str, str | None], names: Sequence[str]) -> None:
    for fields in _needs(known):
        if not any(chosen[f] for f in fields):
            raise InputError(
                f"{file}: read as {known.name}, but there is no column for "
                f"{fields[0] if fields[-1] in ('created', 'observed') else ' or '.join(fields[:2])}. "
                f"Columns: {shown_names(names)}. Remedy: --map {fields[0]}=COLUMN, or another --format."
            )


def _unknown(file: str, names: Sequence[str]) -> InputError:
    by_name = {plain_name(name): name for name in names}
    found = {f: column_of(by_name, GENERIC, f) for f in ("date", "rating", "text")}
    if not found["date"] and (found["rating"] or found["text"]):
        there = [repr(found[f]) for f in ("rating", "text") if found[f]]
        return InputError(
            f"{file}: there is no column for the date; a review without one is never dated by guess. "
            f"Columns: {shown_names(names)} ({' and '.join(there)} would be read). "
            "Remedy: --map date=COLUMN, or make the dump again with its dates."
        )
    near = _near_columns(names)
    return InputError(
        f"{file}: no known format has these columns: {shown_names(names)}.{near} Remedy: --format "
        f"{'|'.join(f.name for f in FORMATS)}, or name the columns with --map date=COLUMN --map "
        "rating=COLUMN --map text=COLUMN; a table needs its header within the first ten lines."
    )


def _near_columns(names: Sequence[str]) -> str:
    known = sorted({c for f in FORMATS for columns in f.columns.values() for c in columns if c.isascii()})
    for name in names:
        plain = plain_name(name)
        near = difflib.get_close_matches(plain, known, n=1, cutoff=0.75)
        if near and near[0] != plain:
            return f" {shown_names([name])} is near the known column {near[0]!r}."
    return ""


def shown_names(names: Sequence[str]) -> str:
    """Column names for a message; what does not look like a name may be somebody's text."""
    if any(re.fullmatch(r"[\d.,:/\- T]+", name) for name in names):
        return "(the first line looks like a row, not like a header)"
    shown = [repr(redact(n)[0]) if re.fullmatch(r"[\w .:\-()/]{1,40}", n) else "(a text)" for n in names[:15]]
    return ", ".join(shown) + (f" and {len(names) - 15} more" if len(names) > 15 else "")


def nearest_to(word: str, known: Iterable[str]) -> str:
    known = list(known)
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return f"; did you mean {near[0]!r}?" if near else f"; known are {', '.join(known[:40])}"
