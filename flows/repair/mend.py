"""`hoshiyomi mend`: look at every landed batch, keep what can still be read of harmed ones, and have the
stores asked again for what they brought.

What is lost is said in coverage and on the screen. A file that was imported comes back by importing it again,
whether before or after this.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from flows.collection.checkpoint import Progress, ProgressFile
from flows.lock import refresh_lock
from warehouse import files_ledger
from warehouse.batches import crawled, remedy
from warehouse.errors import LandingError
from warehouse.landing import Landing
from warehouse.records import KINDS
from warehouse.salvage import Mended, salvage
from warehouse.soundness import Harm, harm
from warehouse.writes import FILE, writer

Say = Callable[[str], None]


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
    looked_at = [harm(landing, batch) for batch in sorted(whole)]
    found = Found([h for h in looked_at if h is not None])
    harmed = {h.batch for h in found.harmed}
    found.gone = sorted({p.split("/")[1] for p in _missing(data, landing)} - harmed)
    return found


def mend(data: Path, now: datetime, say: Say) -> list[Mended]:
    """Mend what is not whole. Raises RefreshRunning while a refresh works in this data folder."""
    with refresh_lock(data):
        landing, done = Landing(data), []
        landing.sweep()
        found = look(data)
        for harmed in found.harmed:
            mended = salvage(landing, harmed, now)
            ask_again(data, mended.batch)
            say(f"{mended.batch}: {mended.kept:,} rows kept, {mended.lost:,} lost. {_next(mended.batch)}")
            done.append(mended)
        for batch in found.gone:
            ask_again(data, batch)
            say(f"{batch}: gone from the landing folder. {_next(batch)}")
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
    if not (data / FILE).exists():
        return ()
    files = {kind: landing.files(kind) for kind in KINDS}
    with writer(data) as w, w.transaction():
        return files_ledger.settle(
            w.con, landing, files, landing.whole_batches(), datetime.now().astimezone()
        )


def _forget(data: Path, batches: list[str]) -> None:
    """What is gone is told once; the tables keep its rows."""
    if batches:
        with writer(data) as w, w.transaction():
            files_ledger.forget(
                w.con, {p for p in files_ledger.known(w.con) if p.split("/")[1] in set(batches)}
            )
