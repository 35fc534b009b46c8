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
    began, worked = time.perf_counter(), time.process_time()
    run(asked.data, asked)
    seconds, cpu = time.perf_counter() - began, time.process_time() - worked
    own, children = (resource.getrusage(who).ru_maxrss / 1024 for who in
                     (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))  # fmt: skip
    others = f", largest child {children:.0f} MB" if children else ""
    print(f"{step:12} {seconds:8.2f} s  cpu {cpu:7.2f} s  peak {own:5.0f} MB{others}", flush=True)


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
            subprocess.run([sys.executable, __file__, *words], check=True, env=environment)


if __name__ == "__main__":
    main()
