"""Retention: what is past its time goes, in every refresh.

Feedback past its time is erased exactly as if it had been withdrawn: by a tombstone, so that a later
import cannot bring it back (`flows.erase`).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flows.config import Config
from flows.counted import counted
from flows.erase import Work, purge, request, sweep
from flows.settings_retention import RetentionChoice
from warehouse.expiry import expired_feedback, expired_ledger, forget_ledger
from warehouse.landing import Landing
from warehouse.records import Consent, Erasure, Feedback
from warehouse.writes import writer

SOURCE = "retention"
_UNFINISHED = timedelta(days=7)


def enforce(config: Config, work: Work, now: datetime, say: Callable[[str], None]) -> Work:
    """After loading: what is past its time, what came in meanwhile, and the working file written anew."""
    data, choice = config.data, config.retention
    expired = land_expired(data, choice, now)
    if expired:
        say(f"feedback of {counted(expired, 'tester')} is older than {counted(choice.feedback_days, 'day')}")
        with writer(data) as w:
            w.load(now)
    work = sweep(data, now, work)
    if work.pending:
        rows = counted(work.rows, "row")
        say(f"erasing: {counted(len(work.pending), 'tombstone')}, {rows} taken out of landing files")
    purge(data, work, now)
    expire_ledger(data, choice, now)
    expire_quarantine(data, choice, now)
    expire_unfinished(data, now)
    return work


def land_expired(data: Path, choice: RetentionChoice, now: datetime) -> int:
    """Land tombstones for feedback past its time; of how many testers. To be called after loading.

    Days are cut at midnight UTC, so that runs of one day ask for the same.
    """
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    until = midnight - timedelta(days=choice.feedback_days)
    whose = expired_feedback(data, until)
    if whose:
        request(data, [Erasure(tester=t, app=a, at=until, source=SOURCE) for t, a in whose], (), now)
    return len(whose)


def expire_ledger(data: Path, choice: RetentionChoice, now: datetime) -> int:
    """Remove the ledger's entries of testers who withdrew long ago and have no feedback; of how many.

    The landed files go first: a run that is killed between the two finds the same testers again.
    """
    whose = set(expired_ledger(data, now - timedelta(days=choice.ledger_days)))
    if not whose:
        return 0
    landing = Landing(data)
    for path in landing.files(Consent.KIND):
        landing.rewrite(path, lambda row: (str(row["tester"]), str(row["app"])) not in whose)
    forget_ledger(data, sorted(whose))
    return len(whose)


def expire_unfinished(data: Path, now: datetime) -> int:
    """Remove batches with feedback that were never finished: nobody loads them, so nothing else ends them.

    A week is long enough for every writer: a crawl goes on within two days, an import takes minutes. Whoever
    repeats the import lands all of it again. How many batches.
    """
    landing = Landing(data)
    before = (now - _UNFINISHED).timestamp()
    whole = landing.whole_batches()
    files = [(f.split("/")[1], landing.folder / f) for f in landing.files(Feedback.KIND)]
    left = {b for b, path in files if b not in whole and path.stat().st_mtime < before}
    for batch in left:
        landing.drop_parts(batch)
    return len(left)


def expire_quarantine(data: Path, choice: RetentionChoice, now: datetime) -> int:
    """Remove old layouts from `<data>/quarantine`; how many."""
    before = (now - timedelta(days=choice.quarantine_days)).timestamp()
    old = [p for p in (data / "quarantine").glob("*") if p.is_file() and p.stat().st_mtime < before]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)
