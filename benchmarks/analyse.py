"""What the stage `analyse` costs, on the real dump and on a generated warehouse.

    python benchmarks/analyse.py [--reviews N] [--apps N] [--real DATA_FOLDER]

Generated: N reviews of N apps over three years, each with a text of its own, a sentiment and up to three
topics, a release every eight weeks and a displayed score every day. `--real` names a data folder that was
refreshed; it is copied, never written to. Every step runs in a fresh process, so that peak memory is its own.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import generated
from flows.config.load import load_config
from flows.pipeline.analyse import analyse_now, find, version
from warehouse.analysis import TABLES, input_fingerprint, read_facts, store
from warehouse.publish import publish
from warehouse.schema import build, check
from warehouse.writes import writer

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def make(data: Path, asked: argparse.Namespace) -> None:
    if asked.real:
        shutil.copytree(asked.real, data, symlinks=True, dirs_exist_ok=True)
    with writer(data) as w:
        if asked.real:
            generated.configure(w)
            w.con.execute("delete from inferred.analysis")
            return
        generated.fill(w, apps=asked.apps, reviews=asked.reviews)


def analyse(_data: Path, _: argparse.Namespace) -> None:
    assert analyse_now(load_config())


def nothing_new(_data: Path, _: argparse.Namespace) -> None:
    assert not analyse_now(load_config())


def by_part(data: Path, _: argparse.Namespace) -> None:
    """The same in its three parts."""
    config = load_config()
    marks = [time.perf_counter()]
    with writer(data) as w:
        facts = read_facts(w, input_fingerprint(w, version(config)))
    marks.append(time.perf_counter())
    found = find(facts, config)
    marks.append(time.perf_counter())
    with writer(data) as w:
        store(w, facts.fingerprint, found, NOW)
    marks.append(time.perf_counter())
    parts = zip(("read", "work out", "write"), marks, marks[1:], strict=False)
    print("  ", ", ".join(f"{name} {end - begin:.2f} s" for name, begin, end in parts))
    n = facts.counts["n"]
    print("  ", f"{len(facts.series)} apps, {int(n.sum()):,} reviews in {len(n):,} rows of counts")
    print("  ", ", ".join(f"{name} {len(found.get(name, ())):,}" for name in TABLES))


def marts(data: Path, _: argparse.Namespace) -> None:
    with writer(data) as w:
        build(w.con)


def checks(data: Path, _: argparse.Namespace) -> None:
    with writer(data) as w:
        assert not [f for f in check(w.con) if f.severity == "stop"]


def publication(data: Path, _: argparse.Namespace) -> None:
    assert publish(data, datetime.now(UTC)).is_new


STEPS: tuple[Callable[[Path, argparse.Namespace], None], ...] = (
    make, analyse, nothing_new, by_part, marts, checks, publication,
)  # fmt: skip


def one(step: str, asked: argparse.Namespace) -> None:
    run = next(s for s in STEPS if s.__name__ == step)
    began, worked = time.perf_counter(), _worked()
    run(asked.data, asked)
    seconds, cpu = time.perf_counter() - began, _worked() - worked
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{step:12} {seconds:8.2f} s  cpu {cpu:7.2f} s  peak {own:5.0f} MB", end="", flush=True)


def _worked() -> float:
    """Seconds of processor time of this process and of its helpers that have ended."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(used.ru_utime + used.ru_stime for used in both)


def together(words: list[str], environment: dict[str, str]) -> float:
    """Run a step; the most memory that it and its helpers had at once, in MB, what they share counted once.

    Looked at five times a second, so that a shorter peak may be missed. 0 where there is no /proc.
    """
    most = 0.0
    with subprocess.Popen(words, env=environment, start_new_session=True) as process:
        while process.poll() is None:
            most = max(most, sum(map(_proportional_mb, _session(process.pid))))
            time.sleep(0.2)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, words)
    return most


def _session(leader: int) -> list[int]:
    """The processes of a session (field 6 of /proc/PID/stat, proc(5))."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(stat.read_text().rpartition(")")[2].split()[3]) == leader:
                found.append(int(stat.parent.name))
    return found


def _proportional_mb(pid: int) -> float:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    return 0.0


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--reviews", type=int, default=5_000_000)
    parser.add_argument("--apps", type=int, default=200)
    parser.add_argument("--real", type=Path)
    parser.add_argument("--step", help=argparse.SUPPRESS)
    parser.add_argument("--data", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.step:
        one(asked.step, asked)
        return
    with tempfile.TemporaryDirectory() as folder:
        for step in STEPS:
            words = ["--step", step.__name__, "--data", folder, *sys.argv[1:]]
            environment = os.environ | {"HOSHIYOMI_DATA": folder}
            peak = together([sys.executable, __file__, *words], environment)
            print(f", with helpers {peak:.0f} MB", flush=True)


if __name__ == "__main__":
    main()
