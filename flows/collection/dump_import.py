"""Importing dumps: read a file, pass the gate, land it. No database is asked and no lock is taken.

A dump's batch is named by the digest of its bytes and options, so importing it again is recognised, and
an import that was killed writes the same parts under the same names. What was landed before counts only
while it is whole: a batch whose files are damaged or gone is landed anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from flows.processes import cores, in_order
from flows.redaction.gate import shown
from flows.sources.dumps.files import Dump, Numbered, Options, Part, PartMaker, open_dump
from warehouse.landing import Landing, lines_of
from warehouse.news import News, count_news
from warehouse.records import UNKNOWN_APP, Coverage, Record, RejectedRow
from warehouse.soundness import drop_harmed_parts, is_sound

_COVERAGE = "coverage"
App = tuple[str, str]
AskedFor = Literal["reviews", "snapshots", "daily_ratings"]


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
    days: int = 0
    notes: Counter[str] = field(default_factory=Counter)
    """What was left out or made up without losing a row, by what happened."""
    missing: tuple[str, ...] = ()
    """Fields that the file has no column for."""
    encoding: str | None = None
    dates: str | None = None
    """In which order day and month were read, where it needed to be told."""
    news: News | None = None
    """Of the reviews, how many are new; None where nothing was landed or it cannot be told."""
    redactions: int = 0
    rejected: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How many rows were put aside, by (reason, remedy)."""
    apps: set[App] = field(default_factory=set)


@dataclass(slots=True)
class _Seen:
    reviews: Counter[App] = field(default_factory=Counter)
    snapshots: Counter[App] = field(default_factory=Counter)
    days: Counter[App] = field(default_factory=Counter)
    last_review: dict[App, datetime] = field(default_factory=dict)
    last_snapshot: dict[App, datetime] = field(default_factory=dict)


def import_file(
    path: Path,
    options: Options,
    landing: Landing,
    *,
    run_id: str,
    progress: Callable[[int], None],
    processes: int | None = None,
) -> Imported:
    """Land one dump; `progress` is told the number of rows read so far.

    Large files are read by this process while `processes` others (as many as there are processors) make
    records of their rows. Raises InputError when the file as a whole cannot be read as any known format.
    """
    dump = open_dump(path, options)
    # The same bytes have the same beginning, so that an earlier reading with other options is found.
    family = f"import-{dump.content[:12]}-"
    batch = family + dump.digest[:12]
    done = _described(dump, batch)
    done.done_before, done.is_anew = recognised(landing, batch)
    if done.done_before:
        return done
    done.other_readings = sum(b.startswith(family) and b != batch for b in landing.whole_batches())
    started = datetime.now(UTC)
    seen = _land_parts(dump, landing, done, progress, processes or cores())
    rows = _coverage(dump, done, seen, run_id, started)
    landing.write("coverage", batch, _COVERAGE, rows)
    done.news = count_news(landing.folder.parent, batch) if done.reviews else None
    return done


def preview(path: Path, options: Options, first: int = 10) -> tuple[Imported, list[Record]]:
    """What importing a file would give, and its first records as they would be stored; nothing is written.

    Raises InputError as `import_file` does.
    """
    dump = open_dump(path, options)
    done = _described(dump, "")
    shown_records: list[Record] = []
    for part in dump.batches():
        made = _summary(part, [])
        made.add_to(done, _Seen())
        done.apps |= set(made.apps())
        if len(shown_records) < first:
            records: list[Record] = [*part.reviews, *part.snapshots, *part.days, *part.releases]
            shown_records += records[: first - len(shown_records)]
    return done, shown_records


def _described(dump: Dump, batch: str) -> Imported:
    return Imported(
        file=shown(dump.path.name), format=dump.format, batch=batch, missing=dump.missing,
        encoding=dump.encoding,
        dates=dump.dates,
    )  # fmt: skip


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


@dataclass(slots=True)
class _Made:
    """One part of a dump as the lines of its landing files, and what its summary counts."""

    lines: dict[str, tuple[bytes, int]] = field(default_factory=dict)
    rows: int = 0
    reviews: Counter[App] = field(default_factory=Counter)
    snapshots: Counter[App] = field(default_factory=Counter)
    days: Counter[App] = field(default_factory=Counter)
    last_review: dict[App, datetime] = field(default_factory=dict)
    last_snapshot: dict[App, datetime] = field(default_factory=dict)
    releases: int = 0
    redactions: int = 0
    notes: Counter[str] = field(default_factory=Counter)
    rejected: Counter[tuple[str, str]] = field(default_factory=Counter)

    def apps(self) -> Iterator[App]:
        return iter({*self.reviews, *self.snapshots, *self.days})

    def add_to(self, done: Imported, seen: _Seen) -> None:
        """Count this part in."""
        done.reviews += self.reviews.total()
        done.snapshots += self.snapshots.total()
        done.days += self.days.total()
        done.releases += self.releases
        done.redactions += self.redactions
        done.notes.update(self.notes)
        done.rejected.update(self.rejected)
        seen.reviews.update(self.reviews)
        seen.snapshots.update(self.snapshots)
        seen.days.update(self.days)
        for known, found in ((seen.last_review, self.last_review), (seen.last_snapshot, self.last_snapshot)):
            for app, last in found.items():
                known[app] = max(known.get(app, last), last)


@dataclass(frozen=True, slots=True)
class _Job:
    """Makes parts of rows, in whichever process."""

    maker: PartMaker
    batch: str

    def __call__(self, rows: list[Numbered]) -> _Made:
        part = self.maker(rows)
        rejected = [replace(r, batch=self.batch) for r in part.rejected]
        made = _summary(part, rejected)
        kinds: tuple[tuple[str, Sequence[Record]], ...] = (
            ("reviews", part.reviews), ("rating_snapshots", part.snapshots), ("releases", part.releases),
            ("daily_ratings", part.days), ("rejected_rows", rejected),
        )  # fmt: skip
        for kind, records in kinds:
            if records:
                text, count = lines_of(records)
                made.lines[kind] = (bytes(text), count)
        return made


def _summary(part: Part, rejected: Sequence[RejectedRow]) -> _Made:
    made = _Made(rows=part.rows(), releases=len(part.releases), notes=part.notes)
    for r in part.reviews:
        app = (r.store, r.store_app_id)
        made.reviews[app] += 1
        last = made.last_review.get(app)
        if last is None or r.reviewed_at > last:
            made.last_review[app] = r.reviewed_at
        made.redactions += r.redactions
    for s in part.snapshots:
        app = (s.store, s.store_app_id)
        made.snapshots[app] += 1
        made.last_snapshot[app] = max(made.last_snapshot.get(app, s.observed_at), s.observed_at)
    for d in part.days:
        made.days[d.store, d.store_app_id] += 1
    made.rejected.update(_reasons(rejected or part.rejected))
    return made


def _land_parts(
    dump: Dump, landing: Landing, done: Imported, progress: Callable[[int], None], processes: int
) -> _Seen:
    seen = _Seen()
    rows = 0
    # A file's time does not tell two readings of it apart; the one that is asked for later shall win.
    job = _Job(dump.maker(timedelta(seconds=done.other_readings)), done.batch)
    for number, made in enumerate(in_order(job, dump.chunks(), processes, "read the file")):
        for kind, (lines, count) in made.lines.items():
            landing.write_lines(kind, done.batch, f"{number:05d}", lines, count)
        made.add_to(done, seen)
        rows += made.rows
        progress(rows)
    done.apps = set(seen.reviews) | set(seen.snapshots) | set(seen.days)
    return seen


def _reasons(rejected: Iterable[RejectedRow]) -> Iterable[tuple[str, str]]:
    return ((r.reason, r.remedy) for r in rejected)


def _coverage(dump: Dump, done: Imported, seen: _Seen, run_id: str, started: datetime) -> list[Coverage]:
    """One row an app; `rejected` counts the whole batch, because a bad row names no app for certain."""
    rejected = done.rejected.total()

    def row(asked_for: AskedFor, app: App, got: int, last: datetime | None) -> Coverage:
        return Coverage(
            batch=done.batch, run_id=run_id, source=dump.source, asked_for=asked_for, store=app[0],
            store_app_id=app[1], started_at=started, finished_at=datetime.now(UTC), covered_until=last,
            pages=1, got=got, rejected=rejected, outcome="partial" if rejected else "complete",
            reason="rejected_rows" if rejected else "end_confirmed", detail=done.file,
        )  # fmt: skip

    rows = [row("reviews", a, n, seen.last_review[a]) for a, n in sorted(seen.reviews.items())]
    rows += [row("snapshots", a, n, seen.last_snapshot[a]) for a, n in sorted(seen.snapshots.items())]
    written = dump.written_at()
    rows += [row("daily_ratings", a, n, written) for a, n in sorted(seen.days.items())]
    # A file that gave nothing is an outcome too, and without coverage its batch would count as unfinished.
    return rows or [row("reviews", (dump.store or "google_play", dump.store_app_id or UNKNOWN_APP), 0, None)]
