"""Killing a command at random moments, and telling whether the house looks as if nothing had happened."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from warehouse.reads import LINK
from warehouse.schema import marts
from warehouse.writes import FILE

if TYPE_CHECKING:
    from collections.abc import Iterator

# What depends on the clock or on how often a run was begun, not on what came in.
CLOCK = {
    "core.landing_files": {"loaded_at"},
    "core.migrations": {"applied_at"},
    "core.publication": {"revision", "published_at"},
    "inferred.analysis": {"analysed_at"},
    "inferred.alarms": {"first_told_at"},
    "inferred.verdict_history": {"said_at"},
    "inferred.predictions": {"predicted_at"},
    "inferred.models": {"first_used_at"},
    "main.alarms": {"first_told_at"},
    "main.verdict_history": {"said_at"},
    "main.models": {"first_used_at"},
    "main.publication": {"revision", "published_at"},
    # how often a run was begun, row by row, and how often it published
    "core.published_file": {"*"},
    "inferred.publications": {"*"},
    "main.publications": {"*"},
}
# Only where commands with a real clock made the coverage rows.
COVERAGE_CLOCK = {
    "core.coverage": {"run_id", "started_at", "finished_at"},
    "main.coverage": {"run_id", "started_at", "finished_at"},
    "main.overview": {"last_seen_at"},
    "core.publication": {"revision", "published_at", "covered_until"},
    "main.publication": {"revision", "published_at", "covered_until"},
}

Digest = dict[str, tuple[int, int]]


def digest(file: Path, but: Mapping[str, set[str]] = CLOCK) -> Digest:
    """By table: its number of rows and a digest of their values, in any order and without clocks."""
    found: Digest = {}
    with duckdb.connect(str(file), read_only=True) as con:
        for schema, table in con.execute("select schema_name, table_name from duckdb_tables()").fetchall():
            name = f"{schema}.{table}"
            if "*" in but.get(name, set()):
                found[name] = (0, 0)
                continue
            columns = [
                c for c, *_ in con.execute(f"describe {name}").fetchall() if c not in but.get(name, set())
            ]
            picked = ", ".join(f'"{c}"' for c in sorted(columns))
            count, total = con.execute(
                f"select count(*), coalesce(sum(hash(t)::hugeint), 0) from (select {picked} from {name}) t"
            ).fetchall()[0]
            found[name] = (count, int(total))
    return found


def house(data: Path, but: Mapping[str, set[str]] = CLOCK) -> tuple[Digest, Digest, list[str]]:
    """Digests of the working and the published file, and the landed files."""
    published = digest(data / LINK, but)
    assert set(published) == {f"main.{m.name}" for m in marts()}
    landed = sorted(str(p.relative_to(data)) for p in (data / "landing").rglob("*") if p.is_file())
    return digest(data / FILE, but), published, landed


@dataclass(slots=True)
class Watch:
    """How often the published file was opened, and what went wrong."""

    reads: int = 0
    errors: list[str] = field(default_factory=list)


@contextmanager
def watching(data: Path) -> Iterator[Watch]:
    """Open the published link again and again meanwhile, as an analyst would."""
    watch = Watch()
    stop = threading.Event()

    def look() -> None:
        while not stop.wait(0.01):
            if not (data / LINK).exists():
                if watch.reads:
                    watch.errors.append("the link is gone")
                continue
            try:
                with duckdb.connect(str((data / LINK).resolve()), read_only=True) as con:
                    row = con.execute(
                        "select (select count(*) from reviews), (select sum(n) from ratings_daily)"
                    ).fetchone()
                if row is None or row[0] != row[1]:
                    watch.errors.append(f"half a run: {row}")
            except duckdb.Error as error:
                watch.errors.append(str(error))
            watch.reads += 1

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield watch
    finally:
        stop.set()
        thread.join()


@dataclass(frozen=True, slots=True)
class Command:
    """A command line with its surroundings; it is started in a process group of its own."""

    words: Sequence[str]
    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    allowed: tuple[int, ...] = (0,)

    def start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            list(self.words), cwd=self.folder, env={**os.environ, **self.environment}, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip

    def finish(self) -> float:
        """Run to the end; seconds."""
        began = time.monotonic()
        process = self.start()
        out, err = process.communicate(timeout=600)
        assert process.returncode in self.allowed, f"{self.words}: {process.returncode}\n{out}\n{err}"
        return time.monotonic() - began

    def die_after(self, seconds: float) -> bool:
        """Run, kill -9 after so long; whether it was still alive then."""
        process = self.start()
        try:
            process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            return True
        return False


def kill_at_random(
    command: Command, kills: int, longest: float, chance: random.Random, shortest: float = 0.0
) -> int:
    """Start `command` again and again, killing it after `shortest`..`longest` seconds; kills that hit.

    The early kills come first: once the command has ended by itself, it has nothing left to do.
    """
    delays = sorted(chance.uniform(shortest, longest) for _ in range(kills))
    return sum(command.die_after(seconds) for seconds in delays)
