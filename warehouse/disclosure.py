"""What the working file holds about one pseudonym."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from warehouse.writes import FILE, writer

_QUERY = (Path(__file__).parent / "load" / "disclosure.sql").read_text(encoding="utf-8")


def held_in_working_file(data: Path, tester: str) -> list[dict[str, object]]:
    """One row a feedback: what is kept of it, what every model said of it, and whether it is shown."""
    if not (data / FILE).exists():
        return []
    with writer(data) as w:
        cursor = w.con.execute(_QUERY, {"tester": tester})
        names = [c[0] for c in cursor.description or []]
        rows = cursor.fetchall()
    return [{n: _plain(v) for n, v in zip(names, row, strict=True)} for row in rows]


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value
