"""`hoshiyomi disclose`: everything that is held about one pseudonym, as one JSON document.

Read from where it lies: the landing files, the ledger, the working file, the register of invitations. Nothing
is left out but what the pseudonym does not lead to, and nothing is written.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flows.lock import refresh_lock
from flows.privacy.receipts import Receipts
from warehouse.erasure import held_in_working_file
from warehouse.landing import Landing
from warehouse.records import Consent, Erasure, Feedback
from warehouse.tombstones import Tombstones

_PUBLISHED = (
    "feedback is published without the pseudonym; its text only where may_quote is true and its cohort has "
    "five people or more"
)
_NOT_SEARCHED = (
    "backups and copies outside the data folder",
    "what the tester said in a public review: reviews are kept without authors and cannot be told apart",
)


def subject_access(data: Path, tester: str, now: datetime) -> dict[str, Any]:
    """The document. Raises RefreshRunning while a refresh works here: two moments would be mixed."""
    with refresh_lock(data):
        landing = Landing(data)
        return {
            "tester": tester,
            "as_of": now.astimezone(UTC).isoformat(),
            "consents": _landed(landing, Consent.KIND, tester),
            "feedback_as_it_came": _landed(landing, Feedback.KIND, tester),
            "working_file": held_in_working_file(data, tester),
            "erasures": _landed(landing, Erasure.KIND, tester),
            "proofs_of_erasure": _receipts(data, landing, tester),
            "invitations": _invitations(data, tester),
            "published": _PUBLISHED,
            "not_searched": _NOT_SEARCHED,
        }


def _landed(landing: Landing, kind: str, tester: str) -> list[dict[str, object]]:
    return [
        row | {"file": path}
        for path in landing.files(kind)
        for row in landing.rows(path)
        if row["tester"] == tester
    ]


def _receipts(data: Path, landing: Landing, tester: str) -> list[str]:
    receipts = Receipts(data)
    mine = [receipts.path(e) for e in Tombstones.landed(landing) if e.tester == tester]
    return sorted(str(p.relative_to(data)) for p in mine if p.exists())


def _invitations(data: Path, tester: str) -> list[dict[str, object]]:
    """What the register knows: app, cohort, when, blocked when. The code itself is kept nowhere."""
    path = data / "alpha" / "register.sqlite"
    if not path.exists():
        return []
    from flows.intake.invitations import open_register

    with open_register(data) as register:
        return register.held(tester)
