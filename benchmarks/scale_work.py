"""The overhead a partition when Dask or Ray have texts read, as a ratio in one run.

    python benchmarks/scale_work.py [--engine dask] [--texts 16384] [--partition 8192] [--workers 1]

Generated texts are read by the engine's workers through all that a run does of it: packing, the way there and
back, Prefect's task, unpacking. Each worker says how long it was reading; what passed besides, from handing
the partitions over to having their rows, is the overhead. So the two are of the same seconds of the same
machine, however busy it is. Model loading and start are apart: they cost once a worker. Needs `make scale`.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from flows.serving.prefect_env import prepare_offline, prepare_prefect
from flows.serving.prefect_server import ForOneRun

# Before Prefect is imported; the workers inherit it.
FOLDER = Path(os.environ.setdefault("HOSHIYOMI_DATA", tempfile.mkdtemp(prefix="scale-work-")))
prepare_offline()
prepare_prefect(FOLDER)
# Workers of Dask read this file, too, and have the server of whoever started them.
SERVER = None if os.environ.get("PREFECT_API_URL") else ForOneRun(FOLDER)

from prefect import task  # noqa: E402
from prefect.cache_policies import NO_CACHE  # noqa: E402

from flows.config.settings import ScaleChoice  # noqa: E402
from flows.pipeline.classify_apart import Packed, Reader, _apart, _job, read_partition  # noqa: E402
from flows.pipeline.engines import task_runner  # noqa: E402
from models.text.classifier import Classifier  # noqa: E402
from models.text.scorers import ModelChoice  # noqa: E402

WORDS = (
    "ログイン", "できない", "とても", "便利です", "遅い", "更新したら", "crash", "after", "the", "update",
    "thanks", "easy to use", "login", "fails", "every time", "please", "fix", "広告", "通知が来ない", "最高",
)  # fmt: skip


def texts(count: int) -> list[tuple[str, str]]:
    """Distinct texts of the lengths that reviews have: a median of 8 words, a long tail."""
    dice = random.Random(3)
    lengths = [min(int(dice.lognormvariate(2, 0.8)) + 1, 120) for _ in range(count)]
    return [(f"h{n}", " ".join([*dice.choices(WORDS, k=k), str(n)])) for n, k in enumerate(lengths)]


@task(name="classify-partition", cache_policy=NO_CACHE, persist_result=False)
def timed(reader: Reader, part: Packed) -> tuple[float, Packed]:
    """`read_partition`, and how many seconds it took where it ran."""
    began = time.perf_counter()
    found = read_partition.fn(reader, part)
    return time.perf_counter() - began, found


def main(words: Sequence[str] | None = None) -> None:
    """Print the table."""
    asked = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    asked.add_argument("--engine", choices=("dask", "ray"), default="dask")
    asked.add_argument("--texts", type=int, default=16_384)
    asked.add_argument("--partition", type=int, default=8_192)
    asked.add_argument("--workers", type=int, default=1)
    asked.add_argument("--rounds", type=int, default=3)
    given = asked.parse_args(words)
    if SERVER is not None:
        SERVER.ready()
    reader = Reader.of(ModelChoice(), {}, Classifier.load().model_version)
    runner = task_runner(ScaleChoice(work=given.engine, workers=given.workers))
    # The flow of a run, so that what travels with a task is what travels there.
    _job.set(lambda: _measure(given, reader))
    try:
        _apart.with_options(name="scale-work", task_runner=runner)()
    finally:
        shutil.rmtree(FOLDER, ignore_errors=True)


def _measure(given: argparse.Namespace, reader: Reader) -> None:
    whole = texts(given.texts)
    parts = [whole[n : n + given.partition] for n in range(0, len(whole), given.partition)]
    for future in [timed.submit(reader, Packed(parts[0][:64])) for _ in range(given.workers * 4)]:
        future.result()
    shares, extra = [], []
    for _ in range(given.rounds):
        began = time.perf_counter()
        futures = [timed.submit(reader, Packed(part)) for part in parts]
        told = [future.result() for future in futures]
        count = sum(len(packed.rows()) for _, packed in told)
        wall = time.perf_counter() - began
        reading = sum(seconds for seconds, _ in told)
        assert count == given.texts
        shares.append((wall * given.workers - reading) / reading)
        extra.append((wall * given.workers - reading) / len(parts))
        print(f"{wall:7.2f} s, of which the workers read {reading / given.workers:7.2f} s each", flush=True)
    print(
        f"{given.engine}, {given.workers} worker(s), partitions of {given.partition:,} texts: overhead "
        f"{statistics.median(shares):.1%}, {statistics.median(extra):.3f} s a partition (medians)"
    )


if __name__ == "__main__":
    main()
