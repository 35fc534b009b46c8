"""The record of runs: `<data>/runs/<run>.json`, written when a run begins and again when it ends.

A run holds the lock of its own record for as long as it lives, so a record without an end whose lock is
free is of a run that was killed. Prefect's database knows runs as well; this record needs no server.
It names apps, sources and reasons and holds no text of a person.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from flows.errors import HoshiyomiError
from flows.redaction.gate import shown
from warehouse.errors import WarehouseError
from warehouse.locks import is_locked, locked
from warehouse.private import write_atomically

FOLDER = "runs"
KEPT = 500
"""So many records are kept; older ones go with the next run."""
_VERSION = 1


@dataclass(slots=True, kw_only=True)
class Run:
    """One run of `refresh` or `collect`."""

    run: str
    """Its id: the time it began, which is also the order of the records."""
    kind: str
    """refresh or collect."""
    is_sample: bool = False
    started_at: datetime
    ended_at: datetime | None = None
    outcome: str | None = None
    """complete, degraded, failed (by its requests), stopped (by an error); None while it runs, if killed."""
    message: str | None = None
    asks: dict[str, int] = field(default_factory=dict)
    """How many ended how."""
    failed: list[dict[str, str | None]] = field(default_factory=list)
    """The requests that failed: app, source, store, store_app_id, asked_for, place, reason, detail."""
    warnings: list[dict[str, Any]] = field(default_factory=list)
    """Checks that found rows and did not stop the publication: check, count, says."""
    revision: int | None = None
    stages: list[dict[str, Any]] = field(default_factory=list)
    """In order: stage, rows (null where none are counted), seconds, memory_mb, failed (see `Stage`)."""
    reading: dict[str, Any] | None = None
    """Of a model that has not read everything: model, read, of, before (the one that serves until then)."""
    is_alive: bool = False
    """Whether a process works on it now."""

    folder: Path | None = None
    """Where its record lies; not a part of it."""

    def tell_reading(self, model: str, read: int, of: int, before: str | None) -> None:
        """Let the record say, while the run lives, how far its model has come."""
        self.reading = {"model": model, "read": read, "of": of, "before": before}
        if self.folder is not None:
            with suppress(OSError):
                _write(self.folder, self)

    @contextmanager
    def stage(self, name: str) -> Iterator[Stage]:
        """Measure one stage of the run; what it raises is noted and raised on."""
        stage = Stage(stage=name)
        began = time.monotonic()
        try:
            yield stage
        except BaseException:
            stage.failed = True
            raise
        finally:
            stage.seconds = round(time.monotonic() - began, 3)
            stage.memory_mb = most_memory_mb()
            self.stages.append(asdict(stage))


@dataclass(slots=True, kw_only=True)
class Stage:
    """What one stage of a run did."""

    stage: str
    rows: int | None = None
    """How many rows, texts or requests it handled; what they are is told by the stage's name."""
    seconds: float = 0.0
    memory_mb: float = 0.0
    """The most memory that the process had held by the stage's end, in MB (10**6 bytes)."""
    failed: bool = False


def most_memory_mb() -> float:
    """The most memory that this process ever held, in MB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Bytes on macOS, KiB elsewhere.
    return round(peak * (1 if sys.platform == "darwin" else 1024) / 1e6, 1)


@contextmanager
def recorded(data: Path, run_id: str, kind: str, *, is_sample: bool = False) -> Iterator[Run]:
    """Record a run; the caller fills in what it did.

    An error is recorded by its kind, or by its words where they are ours, and raised on.
    """
    run = Run(run=run_id, kind=kind, is_sample=is_sample, started_at=datetime.now(UTC))
    folder = data / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    run.folder = folder
    lock = folder / f"{run_id}.lock"
    with locked(lock):
        _write(folder, run)
        try:
            yield run
        except BaseException as error:
            ours = isinstance(error, HoshiyomiError | WarehouseError)
            run.outcome, run.message = "stopped", shown(str(error)) if ours else type(error).__name__
            # On a full disk the record cannot be written either; that must not hide why the run ended.
            with suppress(OSError):
                _end(folder, run)
            lock.unlink(missing_ok=True)
            raise
        _end(folder, run)
        lock.unlink(missing_ok=True)
    _prune(folder)


def latest(data: Path, count: int, now: datetime | None = None) -> list[Run]:
    """The last runs, newest first; what cannot be read as a record is left out.

    With `now`, so are runs that began later: a clock that was ahead has dated them.
    """
    last = "~" if now is None else f"{now.astimezone(UTC):%Y%m%dT%H%M%S}~"
    paths = [p for p in (data / FOLDER).glob("*.json") if p.name <= last]
    found = []
    for path in sorted(paths, reverse=True)[:count]:
        run = _read(path)
        if run is not None:
            found.append(run)
    return found


def _end(folder: Path, run: Run) -> None:
    run.ended_at = datetime.now(UTC)
    _write(folder, run)


def _write(folder: Path, run: Run) -> None:
    told = {f.name: getattr(run, f.name) for f in fields(run) if f.name != "folder"}
    document = orjson.dumps({"version": _VERSION, "run": told}, option=orjson.OPT_UTC_Z)
    write_atomically(folder / f"{run.run}.json", document)


def _read(path: Path) -> Run | None:
    try:
        raw = orjson.loads(path.read_bytes())
    except (FileNotFoundError, orjson.JSONDecodeError):
        return None
    if not isinstance(raw, dict) or raw.get("version") != _VERSION:
        return None
    given = raw["run"]
    times = {k: given[k] and datetime.fromisoformat(given[k]) for k in ("started_at", "ended_at")}
    # What a newer version wrote besides is left out.
    run = Run(**{k: v for k, v in (given | times).items() if k in Run.__dataclass_fields__})
    run.is_alive = run.ended_at is None and is_locked(path.with_suffix(".lock"))
    return run


def _prune(folder: Path) -> None:
    for path in sorted(folder.glob("*.json"), reverse=True)[KEPT:]:
        path.unlink(missing_ok=True)
        path.with_suffix(".lock").unlink(missing_ok=True)
