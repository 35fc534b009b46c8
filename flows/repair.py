"""Repairing a data folder: `mend` for harmed landing files, `rebuild` for the working file.

`mend` looks at every landed batch, keeps what can still be read of harmed ones, and has the stores asked
again for what they brought. What is lost is said in coverage and on the screen. A file that was imported
comes back by importing it again, whether before or after this.

`rebuild` sets the working file aside; the refresh that follows loads everything again, reads every text with
the serving model, analyses, checks and publishes. What was set aside is removed once that is published.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from flows.collection.checkpoint import Progress, ProgressFile
from flows.console import counted
from flows.lock import refresh_lock
from flows.privacy.receipts import Receipts
from flows.progress import progress
from warehouse import compaction
from warehouse.differences import from_published
from warehouse.errors import LandingError, NothingPublished, PublicationDamaged
from warehouse.landing import Landing
from warehouse.locks import changing
from warehouse.manifest import crawled, remedy
from warehouse.reads import LINK, current
from warehouse.rebuild import is_fresh, restore, set_aside
from warehouse.records import KINDS, Erasure
from warehouse.soundness import Harm, Mended, harm, salvage
from warehouse.tombstones import Tombstones
from warehouse.writes import has_tables, writer

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Found:
    """What is not whole."""

    harmed: list[Harm] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    """Batches that were loaded and are in the landing folder no more."""

    def errors(self) -> list[LandingError]:
        """Each of them, with its remedy."""
        gone = [
            Harm(b, (), "it was loaded, and its files are gone from the landing folder") for b in self.gone
        ]
        return [found.error() for found in (*self.harmed, *gone)]


def look(data: Path) -> Found:
    """Hold every finished batch against its checksums and its coverage; nothing is changed."""
    landing = Landing(data)
    whole = landing.whole_batches()
    found = Found()
    with progress("looked at", len(whole), "batches", is_news=False) as steps:
        for batch in sorted(whole):
            harmed_here = harm(landing, batch)
            found.harmed += [] if harmed_here is None else [harmed_here]
            steps.advance()
    harmed = {h.batch for h in found.harmed}
    found.gone = sorted({p.split("/")[1] for p in _missing(data, landing)} - harmed)
    return found


def mend(data: Path, now: datetime) -> list[Mended]:
    """Mend what is not whole. Raises RefreshRunning while a refresh works in this data folder."""
    with refresh_lock(data):
        landing, done = Landing(data), []
        landing.sweep()
        found = look(data)
        for harmed in found.harmed:
            with changing(data):
                mended = salvage(landing, harmed, now)
            ask_again(data, mended.batch)
            fields = {
                "batch": mended.batch, "kept": counted(mended.kept, "row"), "lost": mended.lost,
                "next": _next(mended.batch),
            }  # fmt: skip
            log.info("%(batch)s: %(kept)s kept, %(lost)s lost. %(next)s", fields)
            done.append(mended)
        for batch in found.gone:
            ask_again(data, batch)
            fields = {"batch": batch, "next": _next(batch)}
            log.info("%(batch)s: gone from the landing folder. %(next)s", fields)
        _forget(data, found.gone)
    return done


def ask_again(data: Path, batch: str) -> None:
    """Forget how far the request of a crawl has come, so that the next run asks its store for everything."""
    key = crawled(batch)
    if key is None:
        return
    file = ProgressFile(data, key)
    known = file.read(Landing(data), key).known
    file.write(replace(Progress(), known=known))


def _next(batch: str) -> str:
    if crawled(batch) is not None:
        return "`hoshiyomi refresh` asks the store for everything again."
    return f"To have it whole: {remedy(batch)}"


def _missing(data: Path, landing: Landing) -> tuple[str, ...]:
    if not has_tables(data):
        return ()
    files = {kind: landing.files(kind) for kind in KINDS}
    with writer(data) as w, w.transaction():
        return compaction.settle(w.con, landing, files, landing.whole_batches(), datetime.now().astimezone())


def _forget(data: Path, batches: list[str]) -> None:
    """What is gone is told once; the tables keep its rows."""
    if batches:
        with writer(data) as w, w.transaction():
            compaction.forget(w.con, {p for p in compaction.known(w.con) if p.split("/")[1] in set(batches)})


log = logging.getLogger(__name__)


def begin(data: Path, now: datetime) -> None:
    """Set the working file aside. To be called under the refresh lock, with a clock that is believed."""
    aside = set_aside(data, now)
    if aside is not None:
        fields = {"folder": aside.parent.name}
        log.info("the working file lies in %(folder)s/ until its successor is published", fields)


def published_before(data: Path) -> Path | None:
    """What is published now; None where nothing is, or nothing that can be read."""
    try:
        return current(data)
    except (NothingPublished, PublicationDamaged):
        return None


def tell_differences(data: Path, before: Path, now: datetime) -> list[str]:
    """Say what the marts, made anew, say otherwise than the publication of before; nothing is expected.

    Builds what is not built: a run whose rows are as many as before publishes nothing.
    """
    if not before.exists():
        return []
    found = from_published(data, before, now)
    for line in found:
        log.warning("differs from what was published before: %(line)s", {"line": line})
    if not found:
        log.info("made anew, and nothing differs from what was published before")
    return found


def restore_if_fresh(data: Path, taken_back: datetime | None = None) -> bool:
    """Where the working file is missing or was just begun, put back what no landing file holds; whether so.

    `taken_back` is when an import was taken back last.

    Raises LandingError when the tombstones cannot be read.
    """
    landing = Landing(data)
    if not landing.whole_batches() or not is_fresh(data):
        return False
    done = _executed(data, landing)
    if not done and not (data / LINK).is_symlink():
        # A first run.
        return False
    grown = restore(data, done, taken_back)
    log.info(
        "the working file is made anew from the landing folder; put back: %(erasures)s, "
        "%(rows)s of the audit, %(alarms)s, %(verdicts)s",
        {
            "erasures": counted(len(done), "executed erasure"),
            "rows": counted(grown.get("audit", 0), "row"),
            "alarms": counted(grown.get("alarms", 0), "alarm"),
            "verdicts": counted(grown.get("verdict_history", 0), "verdict"),
        },
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
