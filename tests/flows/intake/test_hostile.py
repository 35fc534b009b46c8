"""Thousands of hostile requests at the real server: no 5xx, no trace in an answer, no growing memory."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from tests.flows.intake.ground import YES, Server, bearer, invited, server
from tests.flows.intake.hostile import hostile
from tests.flows.intake.wire import Answer, Broken, Wire


@dataclass(slots=True)
class Told:
    """What came back."""

    answers: Counter[int] = field(default_factory=Counter)
    broken: int = 0
    wrong: list[str] = field(default_factory=list)

    def note(self, answer: Answer, request: bytes) -> None:
        self.answers[answer.status] += 1
        is_bad = answer.status >= 500 or b"Traceback" in answer.body or b'File "' in answer.body
        if is_bad:
            self.wrong.append(f"{answer.status} for {request[:300]!r}: {answer.body[:200]!r}")


async def _send(made: Server, code: str, count: int, seed: int, told: Told) -> None:
    wire, chance = Wire(made.url), random.Random(seed)
    for _ in range(count):
        request = hostile(chance, code)
        try:
            answer = await wire.raw(request)
        except Broken:
            told.broken += 1
            continue
        told.note(answer, request)
        if request.startswith((b"HEAD", b"OPTIONS")) or answer.status in (400, 413):
            wire.close()


async def _at_once(made: Server, code: str, count: int, first_seed: int, told: Told) -> None:
    workers = 8
    await asyncio.gather(*(_send(made, code, count // workers, first_seed + n, told) for n in range(workers)))


def _bombard(tmp_path: Path, count: int) -> tuple[Told, int, int]:
    """What was told, and the server's memory after a fifth and after all of it."""
    with server(tmp_path) as made:
        code = invited(made.data, 1)[0]
        assert httpx.put(f"{made.url}/v1/consent", json=YES, headers=bearer(code)).status_code == 200
        told = Told()
        asyncio.run(_at_once(made, code, count // 5, 1_000, told))
        before = made.memory_kb()
        asyncio.run(_at_once(made, code, count - count // 5, 2_000, told))
        after = made.memory_kb()
        assert httpx.get(f"{made.url}/healthz").json() == {"status": "ok"}
        assert "Traceback" not in made.told.read_text("utf-8")
        assert made.stop() == 0
    return told, before, after


def test_hostile_requests_change_nothing(tmp_path: Path) -> None:
    told, before, after = _bombard(tmp_path, 500)
    assert told.wrong == []
    assert told.answers[422] > 50, "the requests get as far as the fields"
    assert told.answers[201] > 5, "some are taken in, redacted and landed"
    assert after - before < 30_000, f"{before} kB grew to {after} kB"


@pytest.mark.soak
def test_twenty_thousand_hostile_requests_change_nothing(tmp_path: Path) -> None:
    told, before, after = _bombard(tmp_path, 20_000)
    assert told.wrong == []
    assert sum(told.answers.values()) > 17_000
    assert after - before < 20_000, f"{before} kB grew to {after} kB"
