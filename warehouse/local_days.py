"""Days of a time zone, for questions that are asked by another zone than UTC (docs/decisions/0022).

Published tables count by UTC days; beside them stand counts by quarter of an hour. A connection that asks by
the days of a zone is given temporary views and macros under the names that queries use, such as
`ratings_daily` and `day_of`, so that one text of SQL asks by either. In UTC nothing is done.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import duckdb

UTC = "UTC"
_LOCAL = Path(__file__).parent / "local"
_FIRST_WEEK, _WEEKS = 1983, 1_565
"""Weeks since 1970: from the year in which the stores opened to 2037; days.sql counts from the first, too."""
_SPEAKS_OF_DAYS = re.compile(r"\b(ratings_daily|topics_daily|day_of|is_in_days)\b")
_SUMMED_FROM = "ratings_quarter_hourly"


@dataclass(frozen=True, slots=True)
class Zone:
    """A time zone by what it was before UTC."""

    name: str
    offsets: tuple[int, ...]
    """In quarters of an hour, at the beginning of each week."""
    turns: tuple[int, ...]
    """In which quarter of the week that changed; 672 where it did not."""


def is_zone(name: str) -> bool:
    """Whether this is the IANA name of a time zone, as Python and DuckDB know them."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return name == UTC or zone(name) is not None


@lru_cache(maxsize=64)
def zone(name: str) -> Zone | None:
    """What DuckDB knows of a zone; None where it knows none of that name."""
    with duckdb.connect() as con:
        asked = {"zone": name, "first_week": _FIRST_WEEK, "weeks": _WEEKS}
        try:
            con.execute("set TimeZone = 'UTC'")
            row = con.execute(_sql("offsets"), asked).fetchone()
        except duckdb.Error:
            return None
    return Zone(name, tuple(row[0]), tuple(row[1])) if row else None


def can_tell(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether a published file has what days of a zone are summed from; older ones speak of UTC days only."""
    found = con.execute(
        "select 1 from duckdb_tables() where not temporary and table_name = $name", {"name": _SUMMED_FROM}
    ).fetchone()
    return found is not None


def asked_by(name: str, sql: str, zone_name: str) -> str:
    """The text that answers the named query `sql` by the days of a zone: most are their own."""
    own = _LOCAL / f"{name}.sql"
    return _sql(name) if zone_name != UTC and own.exists() else sql


def summed_from(sql: str, zone_name: str) -> str:
    """The SQL of the views that `tell` makes for a question, for whoever must know which tables it meets."""
    return "" if zone_name == UTC or not _SPEAKS_OF_DAYS.search(sql) else _sql("days")


def tell(con: duckdb.DuckDBPyConnection, sql: str, zone_name: str) -> None:
    """Let the names in `sql` mean days of a zone, where it names any; for this connection alone.

    Raises ValueError for a zone that nobody knows.
    """
    views = summed_from(sql, zone_name)
    if not views:
        return
    known = zone(zone_name)
    if known is None:
        raise ValueError(f"{zone_name!r} is no time zone such as Asia/Tokyo")
    values: dict[str, tuple[str, Any]] = {
        "local_zone": ("varchar", known.name),
        "local_offsets": ("smallint[]", list(known.offsets)),
        "local_turns": ("smallint[]", list(known.turns)),
    }
    for variable, (kind, value) in values.items():
        con.execute(f"set variable {variable} = $value::{kind}", {"value": value})
    con.execute(views)


@lru_cache(maxsize=16)
def _sql(name: str) -> str:
    return (_LOCAL / f"{name}.sql").read_text(encoding="utf-8")
