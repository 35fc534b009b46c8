"""Importing dumps: read a file, pass the gate, land it. No database is asked and no lock is taken.

A dump's batch is named by the digest of its bytes and options, so importing it again is recognised, and
an import that was killed writes the same parts under the same names. What was landed before counts only
while it is whole: a batch whose files are damaged or gone is landed anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from flows.redaction.gate import shown
from flows.sources.dumps.files import Dump, Options, open_dump
from warehouse.landing import Landing
from warehouse.records import UNKNOWN_APP, Coverage, RejectedRow, Review
from warehouse.soundness import drop_harmed_parts, is_sound

_COVERAGE = "coverage"
# What coverage names where no row of a file could be read and nothing else said which app it is about.
App = tuple[str, str]
AskedFor = Literal["reviews", "snapshots"]


@dataclass(slots=True)
class Imported:
    """What one file gave."""

    file: str
    format: str
    batch: str
    done_before: bool = False
    is_anew: bool = False
    """Whether it was imported before, and what was landed then is no longer whole."""
    other_readings: int = 0
    """How often the same bytes were imported before with other options."""
    reviews: int = 0
    snapshots: int = 0
    releases: int = 0
    redactions: int = 0
    rejected: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How many rows were put aside, by (reason, remedy)."""
    apps: set[App] = field(default_factory=set)


@dataclass(slots=True)
class _Seen:
    reviews: Counter[App] = field(default_factory=Counter)
    snapshots: Counter[App] = field(default_factory=Counter)
    last_review: dict[App, datetime] = field(default_factory=dict)
    last_snapshot: dict[App, datetime] = field(default_factory=dict)


def import_file(
    path: Path, options: Options, landing: Landing, *, run_id: str, progress: Callable[[int], None]
) -> Imported:
    """Land one dump; `progress` is told the number of rows read so far.

    Raises InputError when the file as a whole cannot be read as any known format.
    """
    dump = open_dump(path, options)
    # The same bytes have the same beginning, so that an earlier reading with other options is found.
    family = f"import-{dump.content[:12]}-"
    batch = family + dump.digest[:12]
    done = Imported(file=shown(path.name), format=dump.format, batch=batch)
    done.done_before, done.is_anew = recognised(landing, batch)
    if done.done_before:
        return done
    done.other_readings = sum(b.startswith(family) and b != batch for b in landing.whole_batches())
    started = datetime.now(UTC)
    seen = _land_parts(dump, landing, done, progress)
    rows = _coverage(dump, done, seen, run_id, started)
    landing.write("coverage", batch, _COVERAGE, rows)
    return done


def recognised(landing: Landing, batch: str) -> tuple[bool, bool]:
    """Whether an import's batch was landed before and is whole, or was and is to be landed anew.

    What is damaged is removed, so that it can land under its names: they come of the file's bytes.
    """
    if landing.is_finished(batch):
        if is_sound(landing, batch):
            return True, False
        landing.drop_batch(batch)
        return False, True
    drop_harmed_parts(landing, batch)
    return False, False


def _land_parts(dump: Dump, landing: Landing, done: Imported, progress: Callable[[int], None]) -> _Seen:
    seen = _Seen()
    rows = 0
    # A file's time does not tell two readings of it apart; the one that is asked for later shall win.
    for number, part in enumerate(dump.batches(timedelta(seconds=done.other_readings))):
        name = f"{number:05d}"
        landing.write("reviews", done.batch, name, part.reviews)
        landing.write("rating_snapshots", done.batch, name, part.snapshots)
        landing.write("releases", done.batch, name, part.releases)
        rejected = [replace(r, batch=done.batch) for r in part.rejected]
        landing.write("rejected_rows", done.batch, name, rejected)
        _count_reviews(seen, part.reviews)
        for s in part.snapshots:
            app = (s.store, s.store_app_id)
            seen.snapshots[app] += 1
            seen.last_snapshot[app] = max(seen.last_snapshot.get(app, s.observed_at), s.observed_at)
        done.reviews += len(part.reviews)
        done.snapshots += len(part.snapshots)
        done.releases += len(part.releases)
        done.redactions += sum(r.redactions for r in part.reviews)
        done.rejected.update(_reasons(rejected))
        rows += len(part.reviews) + len(part.snapshots) + len(rejected)
        progress(rows)
    done.apps = set(seen.reviews) | set(seen.snapshots)
    return seen


def _count_reviews(seen: _Seen, reviews: Iterable[Review]) -> None:
    for r in reviews:
        app = (r.store, r.store_app_id)
        seen.reviews[app] += 1
        last = seen.last_review.get(app)
        if last is None or r.reviewed_at > last:
            seen.last_review[app] = r.reviewed_at


def _reasons(rejected: Iterable[RejectedRow]) -> Iterable[tuple[str, str]]:
    return ((r.reason, r.remedy) for r in rejected)


def _coverage(dump: Dump, done: Imported, seen: _Seen, run_id: str, started: datetime) -> list[Coverage]:
    """One row an app; `rejected` counts the whole batch, because a bad row names no app for certain."""
    rejected = done.rejected.total()

    def row(
        asked_for: Literal["reviews", "snapshots"], app: App, got: int, last: datetime | None
    ) -> Coverage:
        return Coverage(
            batch=done.batch, run_id=run_id, source=dump.source, asked_for=asked_for, store=app[0],
            store_app_id=app[1], started_at=started, finished_at=datetime.now(UTC), covered_until=last,
            pages=1, got=got, rejected=rejected, outcome="partial" if rejected else "complete",
            reason="rejected_rows" if rejected else "end_confirmed", detail=done.file,
        )  # fmt: skip

    rows = [row("reviews", a, n, seen.last_review[a]) for a, n in sorted(seen.reviews.items())]
    rows += [row("snapshots", a, n, seen.last_snapshot[a]) for a, n in sorted(seen.snapshots.items())]
    # A file that gave nothing is an outcome too, and without coverage its batch would count as unfinished.
    return rows or [row("reviews", (dump.store, dump.store_app_id or UNKNOWN_APP), 0, None)]
