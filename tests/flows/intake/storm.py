"""Many testers at once, a server that is killed under them, and what must be left afterwards."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import Counter
from dataclasses import dataclass, field

from tests.flows.intake.ground import YES, Server, bearer, invited, landed
from tests.flows.intake.wire import Broken, Wire

JSON = {"Content-Type": "application/json"}


@dataclass(slots=True)
class Storm:
    """What the testers sent and what they were told."""

    sent: dict[str, str] = field(default_factory=dict)
    """From an idempotency key to the text that was sent with it."""
    acknowledged: dict[str, str] = field(default_factory=dict)
    """From an idempotency key to the feedback id that was told."""
    answers: Counter[int] = field(default_factory=Counter)
    broken: int = 0
    repeats: int = 0
    """Acknowledgements of a feedback that was there before its answer got lost."""
    slowest_s: float = 0.0
    kills: int = 0
    codes: list[str] = field(default_factory=list)

    def faults(self, server: Server) -> list[str]:
        """What is not as it was acknowledged."""
        found = Counter(f["text"] for f in landed(server.data, "feedback"))
        ids = Counter(f["feedback_id"] for f in landed(server.data, "feedback"))
        told = [f"{t!r} is landed {n} times" for t, n in found.items() if n > 1]
        told += [f"id {i} is landed {n} times" for i, n in ids.items() if n > 1]
        told += [f"{self.sent[k]!r} was acknowledged and is not there" for k in self.acknowledged
                 if not found[self.sent[k]]]  # fmt: skip
        return told + [f"{t!r} was never sent" for t in set(found) - set(self.sent.values())]


def storm(server: Server, *, testers: int, seconds: float, kills: int, seed: int = 1) -> Storm:
    """So many testers post without a pause for so long; the server is killed and started meanwhile.

    A tester whose connection breaks repeats the same feedback with the same key until it is acknowledged
    or the time is up.
    """
    seen = Storm(codes=invited(server.data, testers))
    asyncio.run(_run(server, seen, seconds, kills, random.Random(seed)))
    return seen


async def _run(server: Server, seen: Storm, seconds: float, kills: int, chance: random.Random) -> None:
    await asyncio.gather(*(_agree(server, code) for code in seen.codes))
    end = time.monotonic() + seconds
    posting = [_post(server, seen, n, code, end) for n, code in enumerate(seen.codes)]
    await asyncio.gather(_kill(server, seen, seconds, kills, chance), *posting)


async def _agree(server: Server, code: str) -> None:
    wire = Wire(server.url)
    answer = await wire.ask("PUT", "/v1/consent", json.dumps(YES).encode(), bearer(code) | JSON)
    assert answer.status == 200, answer
    wire.close()


async def _kill(server: Server, seen: Storm, seconds: float, kills: int, chance: random.Random) -> None:
    for number in range(kills):
        await asyncio.sleep(seconds / (kills + 1) * chance.uniform(0.6, 1.0))
        server.kill()
        seen.kills = number + 1
        await asyncio.to_thread(server.start)


async def _post(server: Server, seen: Storm, number: int, code: str, end: float) -> None:
    wire = Wire(server.url)
    n = 0
    while time.monotonic() < end:
        key, text = f"key-{number:04d}-{n:06d}-of-a-tester", f"感想 {number} の {n} 番目"
        seen.sent[key] = text
        await _until_told(wire, seen, key, text, code, end)
        n += 1
    wire.close()


async def _until_told(wire: Wire, seen: Storm, key: str, text: str, code: str, end: float) -> None:
    headers = bearer(code) | JSON | {"Idempotency-Key": key}
    while True:
        began = time.monotonic()
        try:
            answer = await wire.ask("POST", "/v1/feedback", json.dumps({"text": text}).encode(), headers)
        except Broken:
            seen.broken += 1
            if time.monotonic() > end:
                return
            await asyncio.sleep(0.05)
            continue
        seen.answers[answer.status] += 1
        seen.slowest_s = max(seen.slowest_s, time.monotonic() - began)
        if answer.status in (200, 201):
            told = answer.json()
            seen.acknowledged[key] = told["feedback_id"]
            seen.repeats += told["is_repeat"]
            return
        if answer.status != 503 or time.monotonic() > end:
            return


def repeat_all(server: Server, seen: Storm) -> Counter[str]:
    """Send every acknowledged feedback once more; how often it was known, under which id."""

    async def run() -> Counter[str]:
        told: Counter[str] = Counter()

        async def one(number: int, code: str) -> None:
            wire = Wire(server.url)
            for key, told_id in seen.acknowledged.items():
                if key.startswith(f"key-{number:04d}-"):
                    body = json.dumps({"text": seen.sent[key]}).encode()
                    headers = bearer(code) | JSON | {"Idempotency-Key": key}
                    answer = await wire.ask("POST", "/v1/feedback", body, headers)
                    same = answer.status == 200 and answer.json()["feedback_id"] == told_id
                    told["known" if same else f"{answer.status}"] += 1
            wire.close()

        await asyncio.gather(*(one(n, code) for n, code in enumerate(seen.codes)))
        return told

    return asyncio.run(run())
