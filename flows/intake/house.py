"""What every request of one server shares, and who asks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.requests import Request

from flows.intake.committer import Committer
from flows.intake.guards import address_of
from flows.intake.keys import Keys
from flows.intake.ledger import Ledger, Standing
from flows.intake.limits import Buckets
from flows.intake.problems import Problem
from flows.intake.register import Invitation, Register
from flows.intake.wording import Wording
from flows.settings_intake import IntakeChoice

_COST_OF_A_WRONG_TOKEN = 10
"""So many requests of its address a guess costs."""


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

    def admit(self, request: Request, token_hash: str) -> Invitation:
        """The invitation behind a token's keyed hash. Raises Problem: unknown, revoked, too many requests."""
        invitation = self.register.find(token_hash)
        if invitation is None:
            wait = self.addresses.take(address_of(request.scope), _COST_OF_A_WRONG_TOKEN)
            if wait:
                raise Problem("too_many_requests", retry_after=wait)
            raise Problem("token_unknown")
        if invitation.is_revoked:
            raise Problem("token_revoked")
        wait = self.testers.take(invitation.tester)
        if wait:
            raise Problem("too_many_requests", retry_after=wait)
        return invitation


def check_open(invitation: Invitation) -> None:
    """Raises Problem outside the cohort's time."""
    if not invitation.is_open(datetime.now(UTC)):
        raise Problem("cohort_not_open")


def house_of(request: Request) -> House:
    """The house of a request."""
    house: House = request.app.state.house
    return house
