"""`hoshiyomi rebuild`: the working file made anew from the landing folder.

It is set aside, and the refresh that follows loads everything again, reads every text with the serving model,
analyses, checks and publishes. What was set aside is removed once that is published.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from flows.privacy.receipts import Receipts
from warehouse.landing import Landing
from warehouse.reads import LINK
from warehouse.rebuild import is_fresh, restore, set_aside
from warehouse.records import Erasure
from warehouse.tombstones import Tombstones

Say = Callable[[str], None]


def begin(data: Path, now: datetime, say: Say) -> None:
    """Set the working file aside. To be called under the refresh lock, with a clock that is believed."""
    aside = set_aside(data, now)
    if aside is not None:
        say(f"the working file lies in {aside.parent.name}/ until its successor is published")


def restore_if_fresh(data: Path, say: Say) -> bool:
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
    say(
        f"the working file is made anew from the landing folder; put back: {len(done)} executed erasures, "
        f"{measured} rows of the audit"
    )
    return True


def _executed(data: Path, landing: Landing) -> list[tuple[Erasure, datetime]]:
    receipts = Receipts(data)
    found = []
    for entry in Tombstones.landed(landing):
        receipt = receipts.read(entry)
        if receipt is not None and receipt.working_rewritten_at is not None:
            found.append((entry, datetime.fromisoformat(receipt.working_rewritten_at)))
    return found
