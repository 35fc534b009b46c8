"""Whether the machine's clock can be believed, asked before anything is removed or judged by it.

`<data>/clock.json` keeps when the last run was. A clock before that run, before the newest landed data, or
more than `clock_jump_days` after the last run is not believed: the command ends before it changes anything,
until somebody confirms the clock. Only times stand in the file; were it lost, the next run begins a new one,
and the days of grace (`flows.privacy.retention`) still stand between a wrong clock and anybody's words.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson

from flows.errors import ClockNotBelievable
from warehouse.errors import LandingError
from warehouse.landing import Landing
from warehouse.private import make_folder, write_atomically
from warehouse.records import Coverage

FILE = "clock.json"
# Machines that share a folder differ by seconds, a corrected clock by minutes.
_TOLERANCE = timedelta(hours=1)
# The newest data stands in the files written last; reading them all would take a minute in an old folder.
_FILES_READ = 50
_VERSION = 1
_NAMES = ("last_run", "confirmed_at", "disregard")


def utc_now() -> datetime:
    """The machine's clock."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of the clock from earlier runs."""

    last_run: datetime | None = None
    confirmed_at: datetime | None = None
    """When somebody last confirmed a clock that was not believed: every grace begins anew then."""
    disregard: datetime | None = None
    """Data up to then was landed under a wrong clock, says whoever confirmed the present one."""


def doubt(now: datetime, known: Known, newest: datetime | None, jump: timedelta) -> str | None:
    """Why the clock is not believed; None where it is. `newest` is when the newest data came in."""
    last = known.last_run
    if last is not None and now < last - _TOLERANCE:
        return f"The clock says {_told(now)}, but the last run was on {_told(last)}, later than that."
    if last is not None and now > last + jump:
        days = (now - last).days
        return (
            f"The clock says {_told(now)}, {days} days after the last run ({_told(last)}); more than "
            f"{jump.days} are not believed (clock_jump_days in [retention])."
        )
    if newest is not None and known.disregard is not None and newest <= known.disregard:
        newest = None
    if newest is not None and now < newest - _TOLERANCE:
        return f"The clock says {_told(now)}, but data came in on {_told(newest)}, later than that."
    return None


def doubt_of(data: Path, now: datetime, jump_days: int) -> str | None:
    """The same of a data folder; nothing is changed and no database asked."""
    return doubt(now, read(data), newest_landed(Landing(data)), timedelta(days=jump_days))


def believe(data: Path, now: datetime, jump_days: int, *, confirmed: bool) -> Known:
    """Believe the clock and note this run; what is known from now on.

    Raises ClockNotBelievable, before anything is changed, when the clock is doubtful and not `confirmed`.
    """
    known = read(data)
    newest = newest_landed(Landing(data))
    why = doubt(now, known, newest, timedelta(days=jump_days))
    if why is not None:
        if not confirmed:
            raise ClockNotBelievable(
                f"{why} Nothing was changed. Remedy: set the clock right and run the command again; when it "
                "is right, run it with --confirm-clock. `hoshiyomi retention` says what would go."
            )
        later = newest if newest is not None and newest > now else None
        known = Known(confirmed_at=now, disregard=later)
    known = replace(known, last_run=now)
    document = {"version": _VERSION} | {name: getattr(known, name) for name in _NAMES}
    write_atomically(make_folder(data) / FILE, orjson.dumps(document, option=orjson.OPT_UTC_Z))
    return known


def newest_landed(landing: Landing) -> datetime | None:
    """When the newest landed batch came to its end, by the clock of then."""
    files = (
        (path.stat().st_mtime_ns, path) for path in (landing.folder / Coverage.KIND).glob("*/*.jsonl.gz")
    )
    times = []
    for _, path in heapq.nlargest(_FILES_READ, files):
        try:
            for row in landing.rows(str(path.relative_to(landing.folder))):
                times.append(datetime.fromisoformat(str(row["finished_at"])))
        except (LandingError, KeyError, ValueError):
            # Loading tells of a damaged file; of the clock it says nothing.
            continue
    return max(times, default=None)


def read(data: Path) -> Known:
    """What the last run wrote; nothing where there is no file or it is not ours."""
    try:
        raw = orjson.loads((data / FILE).read_bytes())
    except (FileNotFoundError, orjson.JSONDecodeError):
        return Known()
    if not isinstance(raw, dict) or raw.get("version") != _VERSION:
        return Known()
    return Known(**{n: datetime.fromisoformat(raw[n]) if raw.get(n) else None for n in _NAMES})


def _told(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
