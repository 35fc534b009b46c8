"""What became of each request: `<data>/attempts/<request>.json`, one small file each, replaced by one rename.

`hoshiyomi status` answers from these files: they are there whether or not anything was loaded or published
since. They hold times, outcomes and reasons, no text of a person. Were one lost, the coverage rows that were
landed tell nearly as much.

`next_round` says what of a run is asked again at its end: what failed for a passing reason, after a pause,
within its patience. It is pure: what came and how long was waited goes in, the next round comes out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import orjson

from flows.config.settings import RetryChoice
from warehouse.landing import Landing
from warehouse.private import make_folder, write_atomically

if TYPE_CHECKING:
    from flows.collection.collector import Collected

FOLDER = "attempts"
_VERSION = 1
_LONGEST_WAIT = timedelta(days=1)
# So many coverage rows of a request are looked at, newest first, where its file is missing.
_LOOK_AT = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """The last attempt at a request, and what came before it. Times are aware UTC."""

    run: str
    """The run that made it."""
    first_at: datetime
    """The first attempt of all."""
    last_at: datetime
    last_success_at: datetime | None = None
    """The last that ended complete or partial."""
    outcome: str
    """complete, partial or failed."""
    reason: str | None
    detail: str | None
    is_passing: bool = False
    """It failed for a reason that may pass by itself."""
    failed_in_a_row: int = 0
    """Runs in which it failed since it last succeeded; tries within one run count once."""
    not_before: datetime | None = None
    """The store asked to be left alone until then."""

    @property
    def has_failed(self) -> bool:
        """Whether the last attempt brought nothing that may be believed."""
        return self.outcome == "failed"

    def wait_from(self, now: datetime) -> float | None:
        """Seconds from `now` for which the store wants to be left alone; None where it does not.

        A wait of more than a day is not believed: no store asks for it, a wrong clock does.
        """
        if self.not_before is None or not now < self.not_before <= now + _LONGEST_WAIT:
            return None
        return (self.not_before - now).total_seconds()


def after(
    before: Attempt | None,
    run: str,
    now: datetime,
    *,
    outcome: str,
    reason: str | None,
    detail: str | None,
    is_passing: bool = False,
    not_before: datetime | None = None,
) -> Attempt:
    """What is known after one more attempt."""
    fresh = Attempt(
        run=run, first_at=before.first_at if before else now, last_at=now,
        last_success_at=before.last_success_at if before else None,
        outcome=outcome, reason=reason, detail=detail, is_passing=is_passing,
    )  # fmt: skip
    if outcome != "failed":
        return replace(fresh, last_success_at=now)
    counted = before.failed_in_a_row if before else 0
    is_another_run = before is None or before.run != run or not before.has_failed
    return replace(
        fresh,
        failed_in_a_row=counted + 1 if is_another_run else counted,
        not_before=not_before,
    )


def read(data: Path, key: str) -> Attempt | None:
    """The last attempt at a request; None where there is none, or the file is not ours."""
    try:
        raw = orjson.loads((data / FOLDER / f"{key}.json").read_bytes())
    except (FileNotFoundError, orjson.JSONDecodeError):
        return None
    return _attempt(raw["attempt"]) if isinstance(raw, dict) and raw.get("version") == _VERSION else None


def write(data: Path, key: str, attempt: Attempt) -> None:
    """Keep the last attempt; a kill leaves the old file or the new one."""
    document = orjson.dumps({"version": _VERSION, "attempt": attempt}, option=orjson.OPT_UTC_Z)
    write_atomically(make_folder(data / FOLDER) / f"{key}.json", document)


def from_coverage(landing: Landing, key: str) -> Attempt | None:
    """The last attempt as the landed coverage has it: for data folders older than these files."""
    paths = sorted((landing.folder / "coverage").glob(f"{key}-[0-9]*/00000.jsonl.gz"), reverse=True)
    rows = [next(landing.read("coverage", p.parent.name, "00000")) for p in paths[:_LOOK_AT]]
    known: Attempt | None = None
    for row in sorted(rows, key=lambda r: str(r["finished_at"])):
        known = after(
            known, str(row["run_id"]), datetime.fromisoformat(str(row["finished_at"])),
            outcome=str(row["outcome"]), reason=_word(row["reason"]), detail=_word(row["detail"]),
            is_passing=row["reason"] == "blocked",
        )  # fmt: skip
    return known


def _attempt(raw: Mapping[str, Any]) -> Attempt:
    times = ("first_at", "last_at", "last_success_at", "not_before")
    moments = {name: None if raw[name] is None else datetime.fromisoformat(raw[name]) for name in times}
    return Attempt(**(dict(raw) | moments))


def _word(value: object) -> str | None:
    return None if value is None else str(value)


Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Round(Generic[Key]):
    """So many seconds of pause, then these requests once more."""

    wait: float
    requests: tuple[Key, ...]


def next_round(
    ended: Mapping[Key, Collected], number: int, waited: float, choice: RetryChoice
) -> Round[Key] | None:
    """The round `number` (from 0) after `waited` seconds; None where there is nothing to try again.

    The pause doubles from round to round and is never shorter than the longest Retry-After among its
    requests.
    A request whose store wants more than what is left of the patience is left to a later run; a pause of our
    own is cut to what is left.
    """
    left = choice.patience_s - waited
    if number >= choice.rounds or left <= 0:
        return None
    worth = {
        k: c for k, c in ended.items() if c.outcome == "failed" and c.is_passing and (c.wait or 0) <= left
    }
    if not worth:
        return None
    wanted = max(c.wait or 0.0 for c in worth.values())
    return Round(max(wanted, min(choice.wait_s * 2.0**number, left)), tuple(worth))
