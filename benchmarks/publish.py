"""What a publication costs, beside a byte copy of the working file and beside COPY FROM DATABASE.

    python benchmarks/publish.py [--reviews N]

A made warehouse of N reviews (each with a text of its own and two topics). Every step runs
in a fresh process, so that peak memory is its own.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from warehouse.publish import publish
from warehouse.schema import build, check
from warehouse.writes import FILE, writer

NOW = datetime(2026, 11, 1, tzinfo=UTC)
MADE = """
insert into core.coverage
select 'b', 'run', 'made', 'reviews', 'google_play', 'app' || i, null, null, null, now(), now(), now(), 1, 1,
    0, 'complete', 'end_confirmed', null, false
from range(20) t(i);
insert into core.landing_files by name
select 'reviews/b/made' as path, 'reviews' as kind, now() as loaded_at;
insert into core.app_stores select 'google_play', 'app' || i, false from range(20) t(i);
insert into core.reviews by name
select
    'google_play' as store, 'app' || i % 20 as store_app_id, 'r' || i as review_id, 'made' as source,
    1 + (hash(i) % 5)::tinyint as rating,
    -- letters only: a digest can hold twelve digits in a row
    translate(
        'The update ' || md5(i::varchar) || ' made signing in ' || md5((i // 4)::varchar) || ' slow',
        '0123456789', 'ghijklmnop'
    ) as text,
    timestamptz '2024-01-01' + to_minutes(i % 1000000) as reviewed_at, 'ja' as language,
    '1.' || i // 100000 as version, 0 as redactions, false as is_sample,
    core.text_hash(core.model_text(null, text)) as text_hash,
    timestamptz '2026-10-01' as first_seen_at, timestamptz '2026-10-01' as last_seen_at, 'b' as first_batch
from range($n) t(i);
insert into inferred.models (model_version, name, figures, first_used_at, is_serving)
values ('m', 'made', '{}', now(), true);
insert into inferred.predictions
select distinct text_hash, 'm', 'negative', 0.8, 0.1, 0.1, now() from core.reviews;
insert into inferred.topics select text_hash, 'm', unnest(['login', 'update']), 0.7 from inferred.predictions;
"""


def make(data: Path, n: int) -> None:
    with writer(data) as w:
        *first, reviews, models, predictions, topics = w.con.extract_statements(MADE)
        for statement in first:
            w.con.execute(statement)
        w.con.execute(reviews, {"n": n})
        for statement in (models, predictions, topics):
            w.con.execute(statement)


def marts(data: Path, _: int) -> None:
    with writer(data) as w:
        build(w.con)


def checks(data: Path, _: int) -> None:
    with writer(data) as w:
        found = [f for f in check(w.con) if f.severity == "stop"]
        assert not found, found


def publication(data: Path, _: int) -> None:
    assert publish(data, NOW).is_new


def nothing_new(data: Path, _: int) -> None:
    assert not publish(data, NOW).is_new


def byte_copy(data: Path, _: int) -> None:
    copy = data / "copy.duckdb"
    subprocess.run(["cp", "--reflink=auto", data / FILE, copy], check=True)
    handle = os.open(copy, os.O_RDONLY)
    os.fsync(handle)


def copy_database(data: Path, _: int) -> None:
    with duckdb.connect(config={"memory_limit": "512MB"}) as con:
        con.execute(f"attach '{data / FILE}' as a (read_only)")
        con.execute(f"attach '{data / 'compacted.duckdb'}' as b")
        con.execute("copy from database a to b")


STEPS: tuple[Callable[[Path, int], None], ...] = (
    make, marts, checks, publication, nothing_new, byte_copy, copy_database,
)  # fmt: skip


def one(step: str, data: Path, n: int) -> None:
    run = next(s for s in STEPS if s.__name__ == step)
    began, worked = time.perf_counter(), time.process_time()
    run(data, n)
    seconds, cpu = time.perf_counter() - began, time.process_time() - worked
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{step:14} {seconds:8.2f} s  cpu {cpu:7.2f} s  peak {peak:5.0f} MB")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--reviews", type=int, default=1_000_000)
    parser.add_argument("--step", help=argparse.SUPPRESS)
    parser.add_argument("--data", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.step:
        one(asked.step, asked.data, asked.reviews)
        return
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        for step in STEPS:
            words = ["--step", step.__name__, "--data", folder, "--reviews", str(asked.reviews)]
            subprocess.run([sys.executable, __file__, *words], check=True)
        for path in sorted([*data.glob("*.duckdb"), *data.glob("published/*.duckdb")]):
            if not path.is_symlink():
                print(f"{path.name:45} {path.stat().st_size / 1e6:8.1f} MB")


if __name__ == "__main__":
    main()
