"""What every request of one server shares, and who is let in.

Wrong codes are answered ever later, so that guessing is slow and nobody else is held up. A right code is let
in whatever was guessed beside it: an office of three hundred people shares one address, and one of them may
type wrongly for an hour. What bounds guessing are the code itself (138 bits), the requests of an address
(`AddressLimit`), and here

- a delay before a wrong code is called wrong, which grows with the wrong codes of its address and of all;
- a bound on codes that begin alike, for whoever saw half of one: beyond it codes that begin so are told to
  wait, right or wrong, except those that were right before.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from starlette.requests import Request

from flows.config.settings import IntakeChoice
from flows.intake.consent_state import ConsentState, ConsentStates
from flows.intake.consent_text import Wording
from flows.intake.group_commit import Committer
from flows.intake.invitations import Invitation, Keys, Register
from flows.intake.limits import Buckets, Scores
from flows.intake.middleware import address_of
from flows.intake.schemas import Problem

_EVERYWHERE = "everywhere"


@dataclass(slots=True)
class Guesses:
    """The wrong codes of the last minutes; memory is bounded."""

    of_address: Scores = field(default_factory=lambda: Scores(10))
    of_all: Scores = field(default_factory=lambda: Scores(300, most=1))
    alike: Scores = field(default_factory=lambda: Scores(1))
    free_of_address: int = 10
    """So many may be wrong before an address waits: people who copy from paper."""
    free_of_all: int = 300
    free_alike: int = 10
    first_s: float = 0.25
    longest_s: float = 5.0
    most_held: int = 100
    """Answers that wait at once; beyond them a wrong code is told to come later, at once."""
    most_known: int = 20_000
    """Codes that were right, and as many that were wrong, by their keyed hashes."""
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    _known: OrderedDict[str, None] = field(default_factory=OrderedDict)
    _tried: OrderedDict[str, None] = field(default_factory=OrderedDict)
    _held: int = 0

    @classmethod
    def allowing(cls, per_minute: int) -> Guesses:
        """So many wrong codes of one address are answered at once, and thirty times as many of all."""
        return cls(
            of_address=Scores(per_minute), free_of_address=per_minute,
            of_all=Scores(30 * per_minute, most=1), free_of_all=30 * per_minute,
        )  # fmt: skip

    def right(self, token_hash: str) -> None:
        """Remember a code that was right."""
        self._remember(self._known, token_hash)

    def _remember(self, hashes: OrderedDict[str, None], token_hash: str) -> None:
        hashes[token_hash] = None
        hashes.move_to_end(token_hash)
        if len(hashes) > self.most_known:
            hashes.popitem(last=False)

    def is_known(self, token_hash: str) -> bool:
        """Whether a code was right before, while this server ran."""
        return token_hash in self._known

    def wait(self, token_hash: str, alike: str) -> int:
        """After how many seconds a code may be tried; 0 is now."""
        if token_hash in self._known or token_hash in self._tried:
            return 0
        return self.alike.seconds_until(alike, self.free_alike)

    def delay(self, address: str) -> float:
        """So long the next wrong code of an address waits for its answer."""
        above = max(
            self.of_address.of(address) - self.free_of_address, self.of_all.of(_EVERYWHERE) - self.free_of_all
        )
        return 0.0 if above <= 0 else min(self.longest_s, self.first_s * 2 ** min(above, 20.0))

    async def wrong(self, address: str, token_hash: str, alike: str) -> None:
        """Count a wrong code, and wait as long as it must. Raises Problem when too many wait already."""
        if token_hash not in self._tried:
            self.alike.add(alike)
        self._remember(self._tried, token_hash)
        self.of_address.add(address)
        self.of_all.add(_EVERYWHERE)
        delay = self.delay(address)
        if not delay:
            return
        if self._held >= self.most_held:
            raise Problem("too_many_requests", retry_after=int(self.longest_s))
        self._held += 1
        try:
            await self.sleep(delay)
        finally:
            self._held -= 1


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeState:
    """One server's parts."""

    choice: IntakeChoice
    keys: Keys
    register: Register
    consents: ConsentStates
    committer: Committer
    wordings: dict[str, Wording]
    shown: dict[tuple[str, str], Wording]
    """Every wording that was ever shown here, by version and language."""
    app_names: dict[str, str]
    """From an app's key to its name on screen."""
    testers: Buckets
    addresses: Buckets
    guesses: Guesses

    @property
    def version(self) -> str:
        """The wording of today."""
        return self.choice.wording

    def app_name(self, app: str) -> str:
        """The app as its testers know it."""
        return self.app_names.get(app, app)

    def consent_of(self, invitation: Invitation) -> ConsentState:
        """What the ledger says of the tester."""
        return self.consents.of((invitation.tester, invitation.app))

    def admit(self, token_hash: str) -> Invitation:
        """The invitation behind the keyed hash of a code that was right once.

        Raises Problem: unknown, revoked, too many requests.
        """
        invitation = self.register.find(token_hash)
        if invitation is None:
            raise Problem("token_unknown")
        if invitation.is_revoked:
            raise Problem("token_revoked")
        wait = self.testers.take(invitation.tester)
        if wait:
            raise Problem("too_many_requests", retry_after=wait)
        return invitation

    async def admit_code(self, request: Request, code: str) -> Invitation:
        """The invitation behind a code as it was given; a wrong one is told after a while. Raises Problem."""
        token_hash, alike = self.keys.token_hash(code), self.keys.half_hash(code)
        wait = self.guesses.wait(token_hash, alike)
        if wait:
            raise Problem("too_many_requests", retry_after=wait)
        try:
            invitation = self.admit(token_hash)
        except Problem as problem:
            if problem.code == "token_unknown":
                await self.guesses.wrong(address_of(request.scope), token_hash, alike)
            raise
        self.guesses.right(token_hash)
        return invitation


def check_open(invitation: Invitation) -> None:
    """Raises Problem outside the cohort's time."""
    if not invitation.is_open(datetime.now(UTC)):
        raise Problem("cohort_not_open")


def state_of(request: Request) -> IntakeState:
    """The state of a request."""
    state: IntakeState = request.app.state.intake
    return state
