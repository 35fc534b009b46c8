"""The intake server under load, under kill -9 and under hostile requests: figures, not verdicts.

    python benchmarks/intake.py [--seconds 30] [--testers 100] [--kills 8] [--hostile 20000]

A real `hoshiyomi intake` in a process of its own on loopback; the clients share the machine with it.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.flows.intake.ground import YES, bearer, invited, landed, server
from tests.flows.intake.storm import repeat_all, storm
from tests.flows.intake.test_hostile import Told, _at_once


def main() -> None:
    """Three parts, each with a server of its own."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--seconds", type=float, default=30)
    words.add_argument("--testers", type=int, default=100)
    words.add_argument("--kills", type=int, default=8)
    words.add_argument("--hostile", type=int, default=20_000)
    chosen = words.parse_args()
    for kills in (0, chosen.kills):
        load(chosen.testers, chosen.seconds, kills)
    bombard(chosen.hostile)


def load(testers: int, seconds: float, kills: int) -> None:
    """Testers who post without a pause."""
    with tempfile.TemporaryDirectory() as folder, server(Path(folder)) as running:
        seen = storm(running, testers=testers, seconds=seconds, kills=kills)
        batches = len({r["batch"] for r in landed(running.data, "coverage")})
        memory = running.memory_kb()
        running.kill()
        began = time.monotonic()
        running.start()
        started_s = time.monotonic() - began
        known = repeat_all(running, seen)
        faults = seen.faults(running)
        print(
            f"{testers} testers, {seconds:.0f} s, {kills} kills: {len(seen.sent)} sent, "
            f"{len(seen.acknowledged)} acknowledged ({len(seen.acknowledged) / seconds:.0f}/s), "
            f"answers {dict(seen.answers)}, {seen.broken} broken connections, {seen.repeats} found there "
            f"after a lost answer, slowest {seen.slowest_s:.2f} s; {batches} batches, "
            f"{memory / 1024:.0f} MB, start with all of it {started_s:.1f} s; "
            f"repeated once more: {dict(known)}; faults: {faults[:3]}"
        )


def bombard(count: int) -> None:
    """Hostile requests in ten portions, with the server's memory after each."""
    with tempfile.TemporaryDirectory() as folder, server(Path(folder)) as running:
        code = invited(running.data, 1)[0]
        httpx.put(f"{running.url}/v1/consent", json=YES, headers=bearer(code)).raise_for_status()
        told, memory, began = Told(), [running.memory_kb()], time.monotonic()
        for part in range(10):
            asyncio.run(_at_once(running, code, count // 10, 10_000 * part, told))
            memory.append(running.memory_kb())
        took = time.monotonic() - began
        print(
            f"{count} hostile requests in {took:.0f} s: {dict(sorted(told.answers.items()))}, {told.broken} "
            f"broken, {len(told.wrong)} wrong {told.wrong[:2]}; memory after each tenth in MB: "
            f"{[m // 1024 for m in memory]}; landed {len(landed(running.data, 'feedback'))}; said by the "
            f"server: {running.told.read_text('utf-8')[-300:]!r}"
        )


if __name__ == "__main__":
    main()
