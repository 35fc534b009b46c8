"""`hoshiyomi rebuild`: the working file made anew from the landing folder.

It is set aside, and the refresh that follows loads everything again, reads every text with the serving model,
analyses, checks and publishes. What was set aside is removed once that is published.
"""

from __future__ import annotations

import logging
from datetime import datetime
from pathlib import Path

from flows.console import counted
from flows.privacy.receipts import Proofs
from warehouse.landing import Landing
from warehouse.reads import LINK
from warehouse.rebuild import is_fresh, restore, set_aside
from warehouse.records import Erasure
from warehouse.tombstones import Tombstones

log = logging.getLogger(__name__)


def begin(data: Path, now: datetime) -> None:
    """Set the working file aside. To be called under the refresh lock, with a clock that is believed."""
    aside = set_aside(data, now)
    if aside is not None:
        fields = {"folder": aside.parent.name}
        log.info("the working file lies in %(folder)s/ until its successor is published", fields)


def restore_if_fresh(data: Path) -> bool:
    """Where the working file is missing or was just begun, put back what no landing file holds; whether so.

    Raises LandingError when the tombstones cannot be read.
    """
    landing = Landing(data)
    if not landing.whole_batches() or not is_fresh(data):
        return False
    done = _executed(data, landing)
    if not done and not (data / LINK).is_symlink():
        # A first run.
        return False
    measured = restore(data, done)
    log.info(
        "the working file is made anew from the landing folder; put back: %(erasures)s, "
        "%(rows)s of the audit",
        {"erasures": counted(len(done), "executed erasure"), "rows": counted(measured, "row")},
    )
    return True


def _executed(data: Path, landing: Landing) -> list[tuple[Erasure, datetime]]:
    proofs = Proofs(data)
    found = []
    for entry in Tombstones.landed(landing):
        proof = proofs.read(entry)
        if proof is not None and proof.working_rewritten_at is not None:
            found.append((entry, datetime.fromisoformat(proof.working_rewritten_at)))
    return found
