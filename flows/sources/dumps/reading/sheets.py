"""Workbooks (xlsx, xlsb, xls, ods) as tables of texts, read by calamine; a workbook too large to be held
is refused."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from flows.errors import InputError
from flows.sources.dumps.reading.csv_rows import Header
from flows.sources.dumps.reading.streams import OLE, ZIP

# Unpacked. The reader holds a sheet whole, at some ten times of what it measures packed.
_LARGEST = 120 << 20
_MARKS = ("xl/workbook.xml", "xl/workbook.bin", "content.xml")
_LOOKED_AT = 12
_MOST_SHEETS = 60


def is_workbook(path: Path) -> bool:
    """Whether a file is a workbook, by its first bytes and what lies in it."""
    with path.open("rb") as file:
        start = file.read(4)
    if start == OLE:
        return True
    if start != ZIP:
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            return any(name in archive.namelist() for name in _MARKS)
    except (zipfile.BadZipFile, OSError, ValueError):
        return False


def sheet_rows(path: Path, is_known: Callable[[list[str]], bool]) -> tuple[list[list[str]], Header]:
    """The rows of the first sheet with a known header (else of the first), as texts, and where its header
    stands; behind them those of other sheets with the same header.

    Raises InputError for what is damaged, protected or too large.
    """
    _check_size(path)
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_path(str(path))
        tables: list[list[list[str]]] = []
        found: tuple[list[list[str]], Header] | None = None
        for name in book.sheet_names[:_MOST_SHEETS]:
            rows = [
                [_text(cell) for cell in row]
                for row in book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            ]
            if found is not None:
                # A sheet a month, or an app: one table in pieces.
                again = next((h for h in _headers(rows) if h.names == found[1].names), None)
                if again is not None:
                    found[0].extend(rows[again.number :])
                continue
            header = next((h for h in _headers(rows) if is_known(h.names)), None)
            if header is not None:
                found = rows, header
            tables.append(rows)
        if found is not None:
            return found
    # The reader's errors derive from several classes, and a panic in it from BaseException.
    except (CalamineError, OSError, ValueError, RuntimeError, MemoryError) as error:
        raise _unusable(path, f"cannot be read ({type(error).__name__})") from None
    first = next((t for t in tables if any(any(row) for row in t)), None)
    if first is None:
        raise InputError(f"{path.name}: the workbook is empty. Remedy: make it again.")
    return first, next(_headers(first))


def _headers(rows: list[list[str]]) -> Iterator[Header]:
    for number, row in enumerate(rows[:_LOOKED_AT], start=1):
        if any(row):
            yield Header([name.strip() for name in row], number, 0, "")


def _check_size(path: Path) -> None:
    if path.stat().st_size > _LARGEST:
        raise _unusable(path, f"has more than {_LARGEST >> 20} MB")
    if not zipfile.is_zipfile(path):
        return
    try:
        with zipfile.ZipFile(path) as archive:
            size = 0
            for member in archive.infolist():
                with archive.open(member) as file:
                    # What a directory says of a size may be untrue: it is counted.
                    while block := file.read(1 << 20):
                        size += len(block)
                        if size > _LARGEST:
                            raise _unusable(path, f"has more than {_LARGEST >> 20} MB unpacked")
    except (zipfile.BadZipFile, OSError, EOFError, RuntimeError, NotImplementedError, ValueError) as error:
        raise _unusable(path, f"is damaged or protected ({type(error).__name__})") from None


def _unusable(path: Path, why: str) -> InputError:
    return InputError(f"{path.name}: the workbook {why}. Remedy: save the sheet as CSV (UTF-8).")


def _text(cell: Any) -> str:
    """A cell as a CSV would have it."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    return cell.isoformat() if isinstance(cell, date | time) else "" if cell is None else str(cell)
