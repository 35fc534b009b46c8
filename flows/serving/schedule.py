"""Whether the schedule really fires: what `serve` sees at each look, and what `status` tells of it.

Prefect's health stays green when its scheduler makes nothing, and when nobody starts what it made. So the
schedule is judged by runs: there must be a next one, and none may be overdue.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from flows.errors import ConfigError, HoshiyomiError
from flows.health.findings import Finding, Severity, moment
from flows.serving.prefect_api import OVERDUE, Run
from warehouse.locks import claimed, is_locked
from warehouse.private import write_atomically

_HORIZON = timedelta(days=99)
"""Prefect plans a hundred days ahead."""
_STRAYED = timedelta(minutes=65)
"""A little more than the hour by which two reckonings of a change to summer time may differ."""
_SILENT = timedelta(minutes=10)
"""A `serve` that has not looked for so long is stuck."""
_FIRST_PAUSE = timedelta(minutes=1)
_LONGEST_PAUSE = timedelta(hours=1)
_BAD_ENDS = ("FAILED", "CRASHED")
_NEXT = "what else is named here says why; the next run may mend it."
_STOOD = "none: one run stood for them. This line goes when serve starts anew."
_START = "start it again."
_RESTART = "stop `hoshiyomi serve` and start it again."


class ServeRunning(HoshiyomiError):
    """Another `serve` works in this data folder."""

    exit_code = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What `serve` saw last, as it stands in `<data>/prefect/serve.json`. Times are UTC."""

    pid: int
    port: int | None
    cron: str
    timezone: str
    started_at: datetime
    checked_at: datetime
    stopped_at: datetime | None = None
    last_run: datetime | None = None
    last_state: str | None = None
    next_run: datetime | None = None
    missed: int = 0
    """Runs since the start that were not begun and never will be."""
    made_up: int = 0
    """Runs in a row that stood for a crashed one, since the last that came to its end."""
    made_up_at: datetime | None = None
    promised: datetime | None = None
    """When a run is due, or was, that has not been seen to begin."""
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the runs of the schedule say."""

    next_run: datetime | None
    overdue: tuple[Run, ...] = field(default=())
    problem: str | None = None


def fires_after(cron: str, timezone: str, after: datetime) -> datetime:
    """When the schedule is due next after `after`, in UTC.

    Raises ConfigError for what is no cron expression of five fields, and for one that is never due.
    """
    if len(cron.split()) != 5:
        raise _no_cron(cron, "not five fields")
    try:
        due = next(CronSim(cron, after.astimezone(ZoneInfo(timezone))), None)
    except CronSimError as error:
        raise _no_cron(cron, str(error)) from None
    if due is None:
        raise _no_cron(cron, "it is never due")
    return due.astimezone(UTC)


def _no_cron(cron: str, why: str) -> ConfigError:
    return ConfigError(
        f"--cron {cron!r} is not a cron expression ({why}). Remedy: five fields such as '0 6 * * *'."
    )


def strayed(runs: Sequence[Run], now: datetime, due: datetime) -> list[Run]:
    """Planned runs that a clock which was ahead has left, when the next one is due at `due`.

    Prefect plans nothing nearer while they stand, so that a schedule would be silent until their time. They
    are told by the first of them being far behind the time that is due.
    """
    coming = [r for r in runs if r.expected is not None and r.expected > now]
    first = min((r.expected for r in coming if r.expected), default=None)
    return coming if first is not None and first - due > _STRAYED else []


def judge(runs: Sequence[Run], now: datetime, since: datetime, due: datetime, *, paused: bool) -> Judgement:
    """Judge the runs that wait (`runs`) when serving began at `since` and the next one is due at `due`."""
    times = [r.expected for r in runs if r.expected is not None]
    coming = min((t for t in times if t > now), default=None)
    late = sorted(
        (r for r in runs if r.expected is not None and now - max(r.expected, since) > OVERDUE),
        key=lambda r: r.expected or now,
    )
    problem = None
    if late:
        problem = f"the run of {late[0].expected:%Y-%m-%d %H:%M} UTC has not begun"
    elif paused:
        problem = "the schedule is paused on Prefect's screen"
    elif coming is None and due - now < _HORIZON and now - since > OVERDUE:
        problem = f"Prefect has planned no run, although one is due at {due:%Y-%m-%d %H:%M} UTC"
    return Judgement(coming, tuple(late), problem)


def makes_up(last: Run | None, waiting: Sequence[Run], seen: Seen, now: datetime) -> bool:
    """Whether one more run is to stand for the newest one (`last`), whose process was ended from outside.

    `waiting` are the runs that have not begun yet. The first is made up for at once; what crashes again,
    after 1, 2, 4 ... at most 60 minutes: a run that the machine cannot bear must not keep it busy.
    """
    if last is None or last.state_type != "CRASHED":
        return False
    if any(r.expected is None or r.expected <= now for r in waiting):
        return False
    if not seen.made_up or seen.made_up_at is None:
        return True
    since = now - seen.made_up_at
    # A clock that was ahead is no reason to wait for it.
    return since >= min(_FIRST_PAUSE * 2 ** min(seen.made_up - 1, 6), _LONGEST_PAUSE) or since < timedelta()


def promise(before: Seen | None, cron: str, timezone: str, now: datetime) -> datetime:
    """When the run is due that must be seen to begin first: as the last `serve` of this schedule left it.

    It is reckoned here and not read from Prefect's plan: when the process that starts the runs begins anew,
    it plans anew, from then on, and what is due in that moment is gone from the plan without a trace.
    """
    if before is not None and before.promised and (before.cron, before.timezone) == (cron, timezone):
        return before.promised
    return fires_after(cron, timezone, now)


def is_lost(promised: datetime | None, its_runs: Sequence[Run], now: datetime) -> bool:
    """Whether the run that was due at `promised` is in no state at all."""
    return promised is not None and promised <= now and not its_runs


@contextmanager
def only_serve(data: Path) -> Iterator[None]:
    """Be the only `serve` of this data folder. Raises ServeRunning, which names the other."""
    path = _lock(data)
    path.parent.mkdir(parents=True, exist_ok=True)
    with claimed(path) as is_ours:
        if not is_ours:
            other = path.read_text().strip() or "unknown"
            raise ServeRunning(
                f"Another `hoshiyomi serve` (process {other}) works in {data}. Remedy: stop it first; one is "
                "enough."
            )
        path.write_text(f"{os.getpid()}\n")
        yield


def is_serving(data: Path) -> bool:
    """Whether a `serve` lives in this data folder."""
    return is_locked(_lock(data))


def remember(data: Path, seen: Seen) -> None:
    """Keep what was seen for `status`, whole or not at all."""
    rows = {k: v.isoformat() if isinstance(v, datetime) else v for k, v in asdict(seen).items()}
    write_atomically(_file(data), f"{json.dumps(rows, indent=1)}\n".encode())


def remembered(data: Path) -> Seen | None:
    """What the last `serve` of this folder saw; None when there was none, or its file is no longer read."""
    try:
        rows: dict[str, Any] = json.loads(_file(data).read_text(encoding="utf-8"))
        return Seen(**{k: _timed(k, v) for k, v in rows.items()})
    except FileNotFoundError:
        return None
    except (ValueError, TypeError):
        # A file of another version: the next look writes it anew.
        return None


def findings(data: Path, now: datetime, zone: tzinfo | None) -> list[Finding]:
    """What of the schedule is not as it should be; nothing in a folder that was never served, or stopped."""
    seen = remembered(data)
    if seen is None:
        return []
    serving = is_serving(data)
    if not serving and seen.stopped_at is not None:
        return []
    looked = moment(seen.checked_at, zone)
    if not serving:
        return [_schedule("serve_died", f"`hoshiyomi serve` died after {looked}", _START)]
    found = []
    if now - seen.checked_at > _SILENT:
        found.append(_schedule("serve_silent", f"`hoshiyomi serve` has not looked since {looked}", _RESTART))
    if seen.problem:
        found.append(_schedule("schedule", f"The schedule does not fire: {seen.problem}", _RESTART))
    if seen.last_state in _BAD_ENDS and seen.last_run is not None:
        what = f"The scheduled run of {moment(seen.last_run, zone)} ended as {seen.last_state}"
        found.append(_schedule("scheduled_run", what, _NEXT, "watch"))
    if seen.missed:
        what = f"{seen.missed} scheduled runs were missed since {moment(seen.started_at, zone)}"
        found.append(_schedule("runs_missed", what, _STOOD, "watch"))
    return found


def _schedule(about: str, what: str, remedy: str, severity: Severity = "act") -> Finding:
    return Finding(severity=severity, about=about, what=what, remedy=remedy)


def _timed(key: str, value: Any) -> Any:
    is_time = key.endswith("_at") or key in ("last_run", "next_run", "promised")
    return datetime.fromisoformat(value) if is_time and isinstance(value, str) else value


def _lock(data: Path) -> Path:
    return data / "prefect" / "serve.pid"


def _file(data: Path) -> Path:
    return data / "prefect" / "serve.json"
