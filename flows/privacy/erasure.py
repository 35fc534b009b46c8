"""Erasing: from a tombstone to the receipt that nothing is left.

1. `sweep` takes the covered rows out of the landing files, before anything is loaded.
2. Loading takes the tombstone in; rows that were loaded before go, and what was inferred from them.
3. `purge` writes the working file anew, so that no free page holds them.
4. Marts, checks and a new publication, as in every run.
5. `finish` removes the older published files and signs the receipt.

Every step can be repeated and is, after a kill: a tombstone is pending until its receipt is done. All of it
happens under the refresh lock. Landing a tombstone (`request`) takes no lock.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from flows.privacy.backups import holding
from flows.privacy.receipts import Receipts, pending
from warehouse.compaction import tidy
from warehouse.erasure import erased_rows, executed, rewrite, rows_left
from warehouse.errors import WarehouseError
from warehouse.landing import Landing
from warehouse.private import SUFFIX
from warehouse.publish import older, retire_older
from warehouse.rebuild import forget_aside
from warehouse.records import UNKNOWN_APP, Consent, Coverage, Erasure, Feedback
from warehouse.tombstones import Tombstones
from warehouse.writes import writer

COMMAND = "command"
_PART = "00000"


@dataclass(slots=True)
class Work:
    """What one run has to erase."""

    pending: list[Erasure] = field(default_factory=list)
    """Tombstones whose receipt is not done."""
    seen: frozenset[str] = frozenset()
    """The landed feedback files that were looked at or are older than every open tombstone."""
    rows: int = 0
    """Rows taken out of landing files by this run."""


def request(data: Path, entries: Sequence[Erasure], consents: Sequence[Consent], now: datetime) -> str:
    """Land tombstones, and the ledger entries that end the consents; the batch's name."""
    landing = Landing(data)
    source = entries[0].source if entries else COMMAND
    batch = f"erase-{source}-{now.astimezone(UTC):%Y%m%dt%H%M%S}-{secrets.token_hex(4)}"
    landing.write(Consent.KIND, batch, _PART, consents)
    landing.write(Erasure.KIND, batch, _PART, entries)
    row = Coverage(
        batch=batch, run_id=batch, source=source, asked_for="feedback", store="google_play",
        store_app_id=UNKNOWN_APP, started_at=now, finished_at=now, covered_until=now,
        pages=1, got=0, outcome="complete", reason="end_confirmed", detail=f"tombstones: {len(entries)}",
    )  # fmt: skip
    landing.write(Coverage.KIND, batch, _PART, [row])
    return batch


def sweep(data: Path, now: datetime, work: Work | None = None) -> Work:
    """Take covered rows out of the landing files. With `work`, go on where this run's last sweep ended.

    Raises LandingError naming a damaged file: what cannot be read cannot be said to be free of somebody.
    """
    landing, receipts = Landing(data), Receipts(data)
    landing.sweep()
    # What a merged batch stands for holds the same words once more.
    tidy(landing)
    receipts.sweep()
    stones = Tombstones.landed(landing)
    present = frozenset(landing.files(Feedback.KIND))
    if not stones:
        return Work(seen=present)
    still = pending(receipts, stones)
    is_known = work is not None and set(still) <= set(work.pending)
    looked_at = work.seen if work is not None and is_known else frozenset() if still else _loaded(data)
    hits = stones.hits(landing, sorted(present - looked_at))
    noted: dict[Erasure, dict[str, int]] = {e: {} for e in still} if not is_known else {}
    for path, counted in hits.items():
        for entry, count in counted.items():
            noted.setdefault(entry, {})[path] = count
    receipts.begin(noted, now)
    rows = sum(stones.sweep(landing, path) for path in hits)
    before = work.rows if work is not None else 0
    return Work(pending(receipts, stones), present, before + rows)


def _loaded(data: Path) -> frozenset[str]:
    """Feedback files that were loaded: where no tombstone is open, they were swept before."""
    with writer(data) as w:
        rows = w.con.execute(
            "select path from core.landing_files where kind = $kind", {"kind": Feedback.KIND}
        ).fetchall()
    return frozenset(path for (path,) in rows)


def purge(data: Path, work: Work, now: datetime) -> None:
    """After loading: block the codes, note what loading removed, and write the working file anew."""
    if not work.pending:
        return
    receipts = Receipts(data)
    blocked = _block_codes(data, work.pending, now)
    counts = erased_rows(data)
    for entry in work.pending:
        receipt = receipts.read(entry)
        if receipt is None:
            raise WarehouseError("A receipt of erasure is gone. Remedy: run the command again.")
        # A working file that was made anew since knows nothing of what the old one removed.
        receipt.working = counts.get((entry.tester, entry.app, entry.at)) or receipt.working
        receipt.codes_blocked = max(receipt.codes_blocked, blocked[entry])
        receipts.write(entry, receipt)
    done = executed(data)
    due = [e for e in work.pending if (e.tester, e.app, e.at) not in done]
    if due:
        rewrite(data, due, now)
    for entry in due:
        receipt = receipts.read(entry)
        if receipt is not None:
            receipt.working_rewritten_at = now.astimezone(UTC).isoformat()
            receipts.write(entry, receipt)


def _block_codes(data: Path, entries: Iterable[Erasure], now: datetime) -> dict[Erasure, int]:
    """Block the invitation codes of people whom the operator erased; a tester who withdrew may come back."""
    blocked: dict[Erasure, int] = defaultdict(int)
    if not (data / "alpha" / "register.sqlite").exists():
        return blocked
    from flows.intake.invitations import open_register

    with open_register(data) as register:
        for entry in entries:
            if entry.source == COMMAND:
                blocked[entry] = register.revoke(entry.tester, now)
    return blocked


def finish(data: Path, work: Work, revision: int | None, now: datetime) -> list[Path]:
    """After publishing: look once more, remove every older published file, sign the receipts; where they lie.

    `revision` is that of the publication which shows nothing of it any more; None where nothing is published.
    Raises WarehouseError when something is left.
    """
    if not work.pending:
        return []
    landing, receipts = Landing(data), Receipts(data)
    stones = Tombstones.landed(landing)
    # Feedback that came in meanwhile is the next run's; what this run has seen must be clean.
    left = stones.hits(landing, sorted(work.seen & frozenset(landing.files(Feedback.KIND))))
    if left:
        raise WarehouseError(f"Landing files that still hold erased rows: {len(left)}. Remedy: run it again.")
    if rows_left(data):
        raise WarehouseError("The working file still holds erased rows. Remedy: run it again.")
    # The checksum of each goes with it and is no publication.
    removed = [p.name for p in older(data) if p.suffix != SUFFIX]
    for entry in work.pending:
        receipt = receipts.read(entry)
        if receipt is not None and revision is not None:
            files = sorted({*receipt.published.get("files_removed", []), *removed})
            receipt.published = {"revision": revision, "files_removed": files}
            receipts.write(entry, receipt)
    retire_older(data)
    forget_aside(data)
    for entry in work.pending:
        receipt = receipts.read(entry)
        if receipt is not None:
            receipt.left = {"landing_rows": 0, "working_rows": 0, "published_files": len(older(data))}
            receipt.backups = holding(data, now)
            receipt.done_at = now.astimezone(UTC).isoformat()
            receipts.write(entry, receipt)
    return [receipts.path(e) for e in work.pending]
