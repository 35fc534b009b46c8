"""What every request of one server shares, and who asks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.requests import Request

from flows.config.settings import IntakeChoice
from flows.intake.consent_state import Ledger, Standing
from flows.intake.consent_text import Wording
from flows.intake.group_commit import Committer
from flows.intake.guesses import Guesses
from flows.intake.invitations import Invitation, Register
from flows.intake.middleware import address_of
from flows.intake.problems import Problem
from flows.intake.rate_limit import Buckets
from flows.intake.secrets import Keys


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """One server's parts."""

    choice: IntakeChoice
    keys: Keys
    register: Register
    ledger: Ledger
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

    def standing(self, invitation: Invitation) -> Standing:
        """What the ledger says of the tester."""
        return self.ledger.standing((invitation.tester, invitation.app))

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


def house_of(request: Request) -> House:
    """The house of a request."""
    house: House = request.app.state.house
    return house
