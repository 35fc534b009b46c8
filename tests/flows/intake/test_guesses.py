"""Wrong codes: slow for whoever guesses, nothing for everybody else at the same address."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from flows.intake.invitations import new_token
from flows.intake.limits import Scores
from flows.intake.schemas import Problem
from flows.intake.state import Guesses
from tests.flows.intake.ground import Intake, bearer, intake
from tests.flows.intake.test_limits import Clock


class Sleeper:
    """Sleeps in no time and remembers how long it would have been."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.slept.append(seconds)


def _guesses(clock: Clock) -> tuple[Guesses, Sleeper]:
    sleeper = Sleeper()
    scores = {
        "of_address": Scores(10, clock=clock),
        "of_all": Scores(300, clock=clock),
        "alike": Scores(1, clock=clock),
    }
    return Guesses(**scores, sleep=sleeper), sleeper


def _guess(here: Intake, count: int) -> list[int]:
    """So many wrong codes from the tests' one address; the statuses."""
    return [here.client.get("/v1/consent", headers=bearer(new_token())).status_code for _ in range(count)]


def test_wrong_codes_of_a_neighbour_lock_nobody_out(tmp_path: Path) -> None:
    with intake(tmp_path, address_per_minute=300) as here:
        here.state.guesses.sleep = Sleeper()
        assert set(_guess(here, 120)) == {401}
        assert here.agree().status_code == 200, "who comes for the first time"
        assert here.client.get("/ja/").status_code == 200


def test_a_flood_from_one_address_leaves_those_who_are_known_there_alone(tmp_path: Path) -> None:
    with intake(tmp_path, address_per_minute=40) as here:
        here.state.guesses.sleep = Sleeper()
        assert here.agree().status_code == 200
        assert _guess(here, 60)[-1] == 429, "the address has used up its requests"
        assert here.say().status_code == 201, "the code was right before"
        assert here.agree(1).status_code == 429, "who is new must wait until the flood ends"


def test_a_session_is_known_too(tmp_path: Path) -> None:
    with intake(tmp_path, address_per_minute=40) as here:
        here.state.guesses.sleep = Sleeper()
        page = here.client.get("/ja/").text
        csrf = page.split('name="csrf" value="')[1].split('"')[0]
        assert here.client.post("/ja/", data={"csrf": csrf, "code": here.codes[0]}).status_code == 303
        # As after a restart: only the cookie tells who it is.
        here.state.guesses._known.clear()
        cookies = dict(here.client.cookies)
        here.client.cookies.clear()
        assert _guess(here, 60)[-1] == 429
        assert here.client.get("/ja/consent").status_code == 429
        here.client.cookies.update(cookies)
        assert here.client.get("/ja/consent").status_code == 200


def test_one_known_code_has_its_own_bound(tmp_path: Path) -> None:
    with intake(tmp_path, address_per_minute=20) as here:
        told = [here.agree().status_code for _ in range(30)]
        assert told[-1] == 429
        assert here.agree(1).status_code == 200


def test_the_delay_grows_and_falls_back() -> None:
    clock = Clock()
    guesses, sleeper = _guesses(clock)

    async def guess() -> None:
        for number in range(20):
            await guesses.wrong("192.0.2.1", f"code {number}", f"half {number}")

    asyncio.run(guess())
    assert sleeper.slept == sorted(sleeper.slept)
    assert sleeper.slept[0] == 0.5
    assert sleeper.slept[-1] == 5.0
    assert len(sleeper.slept) == 10, "the first ten cost nothing"
    assert guesses.delay("192.0.2.2") == 0
    clock.now += 120
    assert guesses.delay("192.0.2.1") == 0


def test_many_addresses_together_are_slow_too() -> None:
    guesses, sleeper = _guesses(Clock())

    async def guess() -> None:
        for number in range(330):
            await guesses.wrong(f"192.0.2.{number}", f"code {number}", f"half {number}")

    asyncio.run(guess())
    assert len(sleeper.slept) == 30
    assert sleeper.slept[-1] == 5.0


def test_answers_that_wait_are_bounded() -> None:
    guesses, _ = _guesses(Clock())

    async def guess() -> list[object]:
        held = asyncio.Event()
        guesses.sleep = lambda _seconds: held.wait()
        told = [asyncio.ensure_future(guesses.wrong("192.0.2.1", str(n), str(n))) for n in range(200)]
        await asyncio.sleep(0)
        held.set()
        return await asyncio.gather(*told, return_exceptions=True)

    told = asyncio.run(guess())
    refused = [t for t in told if isinstance(t, Problem)]
    assert len(refused) == 200 - 10 - 100
    assert refused[0].retry_after == 5
    assert guesses._held == 0


def test_who_knows_half_of_a_code_does_not_get_far(tmp_path: Path) -> None:
    with intake(tmp_path) as here:
        here.state.guesses.sleep = Sleeper()
        half = here.codes[0][:16]
        assert here.agree(1).status_code == 200
        told = [
            here.client.get("/v1/consent", headers=bearer(half + new_token()[16:])).status_code
            for _ in range(30)
        ]
        assert told.count(401) == 11
        assert told[-1] == 429
        assert here.agree(0).status_code == 429, "even the right one: else the guesser would learn it"
        assert here.agree(1).status_code == 200


def test_repeating_a_wrong_code_is_no_guess(tmp_path: Path) -> None:
    with intake(tmp_path) as here:
        here.state.guesses.sleep = Sleeper()
        wrong = bearer(here.codes[0][:16] + new_token()[16:])
        assert {here.client.get("/v1/consent", headers=wrong).status_code for _ in range(40)} == {401}
        assert here.agree().status_code == 200


def test_who_was_known_before_is_not_held_up_by_guesses_at_their_code(tmp_path: Path) -> None:
    with intake(tmp_path) as here:
        here.state.guesses.sleep = Sleeper()
        assert here.agree().status_code == 200
        for _ in range(30):
            here.client.get("/v1/consent", headers=bearer(here.codes[0][:16] + new_token()[16:]))
        assert here.say().status_code == 201


def test_known_codes_are_remembered_within_bounds() -> None:
    guesses = Guesses(most_known=10)
    for number in range(100):
        guesses.right(str(number))
    assert not guesses.is_known("0")
    assert guesses.is_known("99")


@pytest.mark.parametrize("wrong", ["", "-", "　", "ａｂｃ"])
def test_what_is_no_code_at_all_is_counted_without_fault(tmp_path: Path, wrong: str) -> None:
    with intake(tmp_path) as here:
        page = here.client.get("/ja/").text
        csrf = page.split('name="csrf" value="')[1].split('"')[0]
        assert here.client.post("/ja/", data={"csrf": csrf, "code": wrong}).status_code == 422
