"""Retention: what is past its time goes, in every refresh whose clock was believed (`flows.privacy.clock`).

What is near the end of its time is marked and announced first; it goes when its time is over and it has been
marked for the days of grace. Feedback is then erased exactly as if it had been withdrawn: by a tombstone, so
that a later import cannot bring it back (`flows.privacy.erasure`).
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from flows.config.load import Config
from flows.config.settings import RetentionChoice
from flows.console import counted
from flows.privacy.announced import announce, announced, goes_next
from flows.privacy.clock import Known
from flows.privacy.erasure import Work, purge, request, sweep
from warehouse.erasure import Ages, Going, expired_feedback, expired_ledger, forget_ledger, going, mark
from warehouse.landing import Landing
from warehouse.records import Consent, Erasure, Feedback
from warehouse.writes import writer

log = logging.getLogger(__name__)
SOURCE = "retention"
_UNFINISHED = timedelta(days=7)


def enforce(config: Config, work: Work, now: datetime, known: Known) -> Work:
    """After loading: mark, erase what is past its time and grace, and announce what goes next.

    `known` is what `flows.privacy.clock.believe` gave this run.
    """
    data, choice = config.data, config.retention
    mark(data, _feedback(choice), _ledger(choice), now, known.confirmed_at)
    expired = land_expired(data, choice, now)
    if expired:
        fields = {"testers": counted(expired, "tester"), "age": counted(choice.feedback_days, "day")}
        log.info("feedback of %(testers)s is older than %(age)s", fields)
        with writer(data) as w:
            w.load(now)
    work = sweep(data, now, work)
    if work.pending:
        fields = {"tombstones": counted(len(work.pending), "tombstone"), "rows": counted(work.rows, "row")}
        log.info("erasing: %(tombstones)s, %(rows)s taken out of landing files", fields)
    purge(data, work, now)
    expire_ledger(data, choice, now)
    expire_quarantine(data, choice, now)
    expire_unfinished(data, now)
    _announce(data, going(data, _feedback(choice), _ledger(choice), now))
    return work


def land_expired(data: Path, choice: RetentionChoice, now: datetime) -> int:
    """After loading: land tombstones for feedback past its time and grace; of how many testers."""
    whose = expired_feedback(data, _feedback(choice), now)
    if whose:
        request(data, [Erasure(tester=t, app=a, at=until, source=SOURCE) for t, a, until in whose], (), now)
    return len({tester for tester, _, _ in whose})


def expire_ledger(data: Path, choice: RetentionChoice, now: datetime) -> int:
    """Remove the ledger's entries of testers who withdrew long ago and have no feedback; of how many.

    The landed files go first: a run that is killed between the two finds the same testers again.
    """
    whose = set(expired_ledger(data, _ledger(choice), now))
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
    left = _unfinished(data, now)
    for batch in left:
        Landing(data).drop_parts(batch)
    return len(left)


def expire_quarantine(data: Path, choice: RetentionChoice, now: datetime) -> int:
    """Remove old layouts from `<data>/quarantine`; how many."""
    old = _old_layouts(data, choice, now)
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


@dataclass(frozen=True, slots=True)
class Preview:
    """What would go, and when; counts and days."""

    going: list[Going]
    layouts: int
    """Of the quarantine, in the next run."""
    unfinished: int
    """Batches that were never finished, in the next run."""


def preview(config: Config, now: datetime) -> Preview:
    """What runs from `now` on would remove because of its age. Nothing is removed or marked."""
    data, choice = config.data, config.retention
    found = going(data, _feedback(choice), _ledger(choice), now)
    return Preview(found, len(_old_layouts(data, choice, now)), len(_unfinished(data, now)))


def _announce(data: Path, found: list[Going]) -> None:
    """Keep what goes next, and say it when it is not what was said before."""
    lines = list(_by_day(found))
    next_on = min((g.on for g in found), default=None)
    if lines == announced(data) and next_on == goes_next(data):
        return
    announce(data, lines, next_on)
    for line in lines:
        log.info("%(line)s; `hoshiyomi retention` says more", {"line": line})


def _by_day(found: list[Going]) -> list[str]:
    """A line a day and kind; of a tester in two apps each app counts."""
    days: dict[tuple[Any, str], list[int]] = {}
    for g in found:
        counts = days.setdefault((g.on, g.what), [0, 0])
        counts[0] += g.pieces
        counts[1] += g.testers
    return [
        f"{pieces:,} pieces of feedback of {testers:,} testers go on {on}"
        if what == Feedback.KIND
        else f"ledger entries of {testers:,} testers who withdrew go on {on}"
        for (on, what), (pieces, testers) in days.items()
    ]


def _feedback(choice: RetentionChoice) -> Ages:
    return Ages(days=choice.feedback_days, grace=choice.grace_days)


def _ledger(choice: RetentionChoice) -> Ages:
    return Ages(days=choice.ledger_days, grace=choice.grace_days)


def _unfinished(data: Path, now: datetime) -> set[str]:
    landing = Landing(data)
    before = (now - _UNFINISHED).timestamp()
    whole = landing.whole_batches()
    files = [(f.split("/")[1], landing.folder / f) for f in landing.files(Feedback.KIND)]
    return {b for b, path in files if b not in whole and path.stat().st_mtime < before}


def _old_layouts(data: Path, choice: RetentionChoice, now: datetime) -> list[Path]:
    before = (now - timedelta(days=choice.quarantine_days)).timestamp()
    return [p for p in (data / "quarantine").glob("*") if p.is_file() and p.stat().st_mtime < before]
