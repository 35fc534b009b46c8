"""What an import tells: what came of every row, what is missing; and records before they are stored."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.console import counted
from flows.progress import MEGABYTE, counting

if TYPE_CHECKING:
    from flows.collection.dump_import import Imported
    from warehouse.records import Record

_LONGEST = 60
_NOTES = {
    "equal_rows_kept": "{} equal to another in day, stars and words; kept as other people's, because the "
    "file has neither ids nor times",
    "id_counts_rows": "the ids of {} only count rows and are no ids of a store; ids are derived "
    "(--map review_id=COLUMN takes them nevertheless)",
    "id_missing": "{} without an id of the store; ids are derived",
    "country_unknown": "the country of {} is not known and stays empty",
    "language_unknown": "the language of {} is not known and stays empty",
    "reply_date_unreadable": "the date of {} of the developer's answers cannot be read and stays empty",
}
_MISSING = {
    "review_id": "ids of the store (derived from what a review says)",
    "reply": "the developer's answers",
}


@contextmanager
def reading(path: Path) -> Iterator[Callable[[int], None]]:
    """Show how far a file is read; what is given takes the rows until now, as `import_file` tells them.

    By the bytes of the file as it lies there; nothing for a workbook, whose parts are read in any order.
    """
    from flows.sources.dumps.reading.streams import bytes_read

    with counting("read", "MB", a_unit=MEGABYTE, is_news=False) as told:

        def tell(_rows: int) -> None:
            at = bytes_read(path)
            if at is not None:
                told(at, path.stat().st_size)

        yield tell


def stopped(path: Path, whole: Sequence[Imported]) -> str:
    """What is kept of an import that a person stopped at a file."""
    from flows.redaction.gate import shown

    kept = f" Kept: {', '.join(done.file for done in whole)}." if whole else ""
    return (
        f"Stopped in {shown(path.name)}: nothing of it counts before it is whole; the same command begins it "
        f"anew.{kept}"
    )


def as_lines(done: Imported, *, is_dry_run: bool = False) -> Iterator[str]:
    """The summary of one file; every row of it is counted in one place."""
    name = done.file
    if done.done_before:
        yield f"{name}: imported before, nothing to do"
        return
    if done.is_anew:
        yield f"{name}: imported before, but its landing files are damaged or gone; landed anew"
    read = f" in {done.encoding}" if done.encoding not in (None, "utf-8", "utf-8-sig") else ""
    order = {
        "mdy": "; dates are read month/day/year",
        "dmy": "; dates are read day/month/year",
        "ymd": "; dates are read year/month/day",
    }
    days = f"{counted(done.days, 'day')} of ratings, " if done.days else ""
    yield (
        f"{name}: {done.format}{read}{order.get(done.dates or '', '')}; {counted(len(done.apps), 'app')}, "
        f"{counted(done.reviews, 'review')}, {days}"
        f"{counted(done.snapshots, 'displayed score')}, {counted(done.releases, 'release')}; "
        f"{counted(done.redactions, 'redaction')} of personal numbers and addresses"
    )
    if done.news is not None and done.reviews:
        n = done.news
        yield (
            f"{name}: of the reviews {n.new:,} new, {n.known:,} known already, {n.edited:,} edited, "
            f"{n.duplicates:,} collapsed as duplicates"
        )
    if len({store for store, _ in done.apps}) > 1:
        stores = [
            f"{store} {sum(s == store for s, _ in done.apps)}" for store in ("google_play", "app_store")
        ]
        yield f"{name}: both stores, as the rows say; apps: {', '.join(stores)}"
    missing = [_MISSING.get(field, field) for field in done.missing]
    if missing:
        yield f"{name}: the file has no column for: {', '.join(missing)}"
    for note, count in done.notes.most_common():
        yield f"{name}: {_NOTES[note].format(counted(count, 'row'))}"
    if done.other_readings and not is_dry_run:
        yield (
            f"{name}: imported before with other options; this reading wins. Rows whose app or derived "
            "id the options changed now stand twice"
        )
    for (reason, remedy), count in done.rejected.most_common():
        yield f"{name}: {counted(count, 'row')} put aside: {reason}. {remedy}"


def records_as_lines(records: Sequence[Record]) -> Iterator[str]:
    """Records as they would be stored, a line each, what is empty left out."""
    for number, record in enumerate(records, start=1):
        said = [
            (f.name, getattr(record, f.name))
            for f in fields(record)
            if f.name not in ("seen_at", "is_sample", "lacks")
        ]
        shown = ", ".join(f"{name}={_shown(value)}" for name, value in said if value not in (None, 0, False))
        yield f"{number:>3}. {type(record).__name__}: {shown}"


def _shown(value: Any) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    text = str(value).replace("\n", "\\n")
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
