"""What the last run announced that goes next because of its age: `<data>/retention.json`, days and counts.

For whoever asks for the status, or whether there is anything to do; no database is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import orjson

from warehouse.private import write_atomically

FILE = "retention.json"
"""Its name in the data folder."""


def announce(data: Path, lines: Sequence[str], next_on: date | None) -> None:
    """Keep what goes next, a line a day, and the first of these days (UTC)."""
    document = {"version": 1, "going": list(lines), "next_on": next_on}
    write_atomically(data / FILE, orjson.dumps(document))


def announced(data: Path) -> list[str]:
    """What the last run announced, a line a day."""
    lines = _read(data).get("going")
    return [str(line) for line in lines] if isinstance(lines, list) else []


def goes_next(data: Path) -> date | None:
    """The first day (UTC) on which something goes because of its age; None where nothing was announced."""
    told = _read(data).get("next_on")
    return date.fromisoformat(str(told)) if told else None


def _read(data: Path) -> dict[str, object]:
    try:
        raw = orjson.loads((data / FILE).read_bytes())
    except (FileNotFoundError, orjson.JSONDecodeError):
        return {}
    return raw if isinstance(raw, dict) else {}
