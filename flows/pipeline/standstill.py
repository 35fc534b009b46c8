"""Whether a refresh would find anything to do, asked in a moment: before Prefect, the model or the database.

A run that came to its end notes what it was made of (`<data>/settled.json`): the program, the configuration,
the landing folder as it was before loading, and every other file of the data folder as it was left. As long
as all of it is as noted, on the same day and with every store's request of its slot done, another run would
change nothing and ends at once.

The day (UTC) is part of it: retention, snapshots of publications, backups and unfinished batches go by days,
so the first run of every day goes the whole way, where each stage finds by itself that its inputs are those
of before.
"""

from __future__ import annotations

import hashlib
import os
import sys
import sysconfig
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import orjson

from flows.config.load import CHECKOUT, Config, config_fingerprint, config_folder
from flows.console import counted
from flows.health.runs import Run, Stage, most_memory_mb
from flows.privacy.announced import goes_next
from models.text.scorers import BUNDLED
from warehouse.landing import Landing
from warehouse.private import write_atomically

FILE = "settled.json"
_VERSION = 1
_CODE = ("flows", "models", "warehouse")
_OF_CODE = (".py", ".sql", ".toml", ".json", ".onnx", ".tsv")
# What runs, servers and their locks write beside the data, and nothing that a publication is made of.
_VOLATILE = frozenset(
    {"alerts", "alpha", "attempts", "clock.json", "collect", FILE, "prefect", "runs", "tmp"}
)
_LANDING = "landing"
_LABELS = "evaluations"


@dataclass(frozen=True, slots=True)
class Seen:
    """What a run is made of, as it was before anything was loaded; digests by part."""

    parts: Mapping[str, str]


def look(config: Config) -> Seen:
    """The inputs as they are now: to be asked before loading, so that what comes meanwhile counts as new."""
    data = config.data
    return Seen(
        {
            "code": _digest(_code()),
            "config": config_fingerprint() + _digest([str(config_folder()), *_outside(config)]),
            "landing": _digest(_batches(data / _LANDING)),
            "labels": _digest(_files(data / _LABELS)),
        }
    )


def settle(config: Config, seen: Seen, revision: int, now: datetime) -> None:
    """Note that a run is done whose inputs were `seen`. Not to be called for one whose requests failed."""
    if config.model.sentiment != BUNDLED or config.model.topic != BUNDLED:
        # A model of the hub lies in a cache that others may change.
        return
    document = {
        "version": _VERSION, "day": _day(now).isoformat(), "at": now, "revision": revision,
        "parts": {**seen.parts, "rest": _digest(_rest(config.data))},
    }  # fmt: skip
    write_atomically(config.data / FILE, orjson.dumps(document, option=orjson.OPT_UTC_Z))


def unsettle(data: Path) -> None:
    """Forget what was noted: a run has begun that may change it."""
    (data / FILE).unlink(missing_ok=True)


def settled(config: Config, now: datetime) -> int | None:
    """The revision that is published, where no file and no day says that there is anything to do; else None.

    What stores have to say since is not looked at: `flows.pipeline.collect_stores` knows what is due.
    """
    try:
        noted = orjson.loads((config.data / FILE).read_bytes())
        day, at = date.fromisoformat(noted["day"]), datetime.fromisoformat(noted["at"])
        revision, parts = int(noted["revision"]), dict(noted["parts"])
    except (FileNotFoundError, orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        return None
    if noted.get("version") != _VERSION or day != _day(now) or now < at:
        return None
    goes = goes_next(config.data)
    if goes is not None and goes <= day:
        return None
    found = {**look(config).parts, "rest": _digest(_rest(config.data))}
    return revision if found == parts else None


@dataclass(frozen=True, slots=True)
class Standing:
    """A publication that is up to date."""

    revision: int
    requests: int
    """How many requests of this slot were done before."""
    seconds: float
    """How long it took to see that."""

    def note(self, run: Run) -> None:
        """Let a run's record say that there was nothing to do."""
        run.outcome, run.revision = "complete", self.revision
        run.asks = {"complete": self.requests} if self.requests else {}
        run.message = counted(self.requests, "request")
        seconds = round(self.seconds, 3)
        run.stages.append(asdict(Stage(stage="look", seconds=seconds, memory_mb=most_memory_mb())))


def standing(config: Config, now: datetime) -> Standing | None:
    """What is published, where another run would change nothing; else None."""
    began = time.monotonic()
    revision = settled(config, now)
    done = None if revision is None else requests_done(config, now)
    if revision is None or done is None:
        return None
    return Standing(revision, done, time.monotonic() - began)


def requests_done(config: Config, now: datetime) -> int | None:
    """How many requests the configured stores have in this slot, all of them done; None where one is due.

    No store is asked.
    """
    if not any(app.stores for app in config.apps):
        return 0
    # Sources load the client, which most of the time of this question goes to.
    from flows.collection.collector import is_done
    from flows.collection.registry import refresh_policy, routes, store_client

    landing = Landing(config.data)
    client = store_client(config.collect, lambda _: lambda _host: None)
    try:
        found = routes(config, client, now)
        done = (
            is_done(r.source, r.request, landing, refresh_policy(config.collect, r.source.name))
            for r in found
        )
        return len(found) if all(done) else None
    finally:
        client.close()


def _day(now: datetime) -> date:
    return now.astimezone(UTC).date()


def _code() -> Iterator[str]:
    """The program's own files, Python, and the names and versions of the packages that are installed."""
    yield f"{sys.version} {CHECKOUT}"
    yield from sorted(n for n in os.listdir(sysconfig.get_paths()["purelib"]) if n.endswith("-info"))  # noqa: PTH208
    for room in _CODE:
        for line in _files(CHECKOUT / room):
            if line.split("\t")[0].endswith(_OF_CODE):
                yield line


def _outside(config: Config) -> Iterator[str]:
    """Files that the configuration names and that bring something new when they change."""
    for app in config.apps:
        for entry in app.stores:
            if entry.console_exports is not None:
                yield from _files(entry.console_exports)


def _batches(landing: Path) -> Iterator[str]:
    """The folder of every batch and when a file in it came, went or was replaced.

    Files come into their places by renames alone, which their folder's time tells: one look a batch, where an
    old landing folder has many files.
    """
    for kind in _entries(landing):
        if kind.is_dir():
            for batch in _entries(Path(kind.path)):
                yield f"{kind.name}/{batch.name}\t{batch.stat().st_mtime_ns}"


def _rest(data: Path) -> Iterator[str]:
    """Every other file of the data folder: the working file, publications, receipts, notes."""
    for entry in _entries(data):
        if entry.name in _VOLATILE or entry.name in (_LANDING, _LABELS) or entry.name.startswith("."):
            continue
        if entry.is_symlink():
            yield f"{entry.name}\t{os.readlink(entry.path)}"  # noqa: PTH115
        elif entry.is_dir():
            yield from _files(Path(entry.path))
        else:
            yield _told(entry, entry.name)


def _files(folder: Path) -> Iterator[str]:
    """Every file below a folder with its size, number and time, in order of name."""
    waiting = [folder]
    while waiting:
        here = waiting.pop()
        for entry in _entries(here):
            if entry.is_dir(follow_symlinks=False):
                if entry.name != "__pycache__":
                    waiting.append(Path(entry.path))
            else:
                yield _told(entry, os.path.relpath(entry.path, folder))


def _told(entry: os.DirEntry[str], name: str) -> str:
    stat = entry.stat(follow_symlinks=False)
    return f"{name}\t{stat.st_size}\t{stat.st_ino}\t{stat.st_mtime_ns}"


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            return sorted(found, key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return []


def _digest(lines: Iterable[str]) -> str:
    told = hashlib.sha256()
    for line in lines:
        told.update(line.encode(errors="surrogateescape") + b"\n")
    return told.hexdigest()[:32]
