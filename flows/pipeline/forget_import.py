"""Taking an import back, and listing what was imported.

1. The request is noted in `forgotten/<batch>.json`; from then on every refresh carries it out first.
2. The working file loses the batch's rows and gets what the other batches say in their place, in one
   transaction (`warehouse.forget`).
3. The working file is written anew, so that no free page holds them and its marts count as never built.
4. The batch's landing files go, its coverage first, so that a later import of the same file is a new one; so
   do the corrections of reviews that nothing bears any more.
5. The note says that it is done. The next publication shows nothing of it.

All of it happens under the refresh lock, and every step is repeated after a kill.
"""

from __future__ import annotations

import difflib
import logging
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import orjson

from flows.console import counted
from flows.errors import HoshiyomiError
from flows.lock import refresh_lock
from warehouse import corrections, manifest
from warehouse.erasure import rewrite
from warehouse.errors import LandingError
from warehouse.forget import Taken, take_back
from warehouse.landing import Landing
from warehouse.private import make_folder, write_atomically
from warehouse.records import UNKNOWN_APP
from warehouse.snapshots import drop_since
from warehouse.soundness import harm
from warehouse.writes import has_tables, writer

FOLDER = "forgotten"
IMPORTS = ("import-", "console-ratings-")
log = logging.getLogger(__name__)


class NoSuchImport(HoshiyomiError):
    """A batch cannot be taken back: it is no import, or there is none of that name."""

    def __init__(self, message: str, own: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.own = tuple(own)


@dataclass(frozen=True, slots=True)
class Import:
    """One import as it was landed."""

    batch: str
    file: str
    source: str
    at: datetime
    apps: int
    got: int
    """Reviews, displayed scores and days of ratings."""
    rejected: int
    is_finished: bool = True


@dataclass(slots=True)
class Note:
    """What is known of one request to take an import back."""

    batch: str
    asked_at: str
    file: str = ""
    rows: dict[str, int] = field(default_factory=dict)
    """By table: how many rows it lost."""
    uncorrected: list[tuple[str, str, str]] = field(default_factory=list)
    """Keys of reviews whose corrections are to go from the landing files; empty once it is done."""
    tables_at: str | None = None
    """When the working file was written anew without it."""
    done_at: str | None = None


def imports(data: Path) -> list[Import]:
    """Every import that lies in the landing folder, in order of time; nothing is changed."""
    landing = Landing(data)
    names = {
        p.parent.name for p in landing.folder.glob("*/*/*.jsonl.gz") if p.parent.name.startswith(IMPORTS)
    }
    return sorted((_described(landing, name) for name in names), key=lambda i: (i.at, i.batch))


def _described(landing: Landing, batch: str) -> Import:
    try:
        rows = list(landing.coverage(batch))
    except LandingError:
        # `status`, `mend` and loading tell it with its remedy.
        rows = []
    if not rows:
        newest = max((landing.path(k, batch, p).stat().st_mtime for k, p in landing.parts(batch)), default=0)
        return Import(batch, "?", "?", datetime.fromtimestamp(newest, UTC), 0, 0, 0, is_finished=False)
    apps = {(r["store"], r["store_app_id"]) for r in rows if r["store_app_id"] != UNKNOWN_APP}
    return Import(
        batch, str(rows[0].get("detail") or "?"), str(rows[0]["source"]),
        datetime.fromisoformat(str(rows[0]["finished_at"])), len(apps), sum(int(r["got"]) for r in rows),
        max(int(r.get("rejected") or 0) for r in rows),
    )  # fmt: skip


def preview(data: Path, batch: str) -> Taken:
    """What taking the import back would change; nothing is. Raises as `forget`."""
    taken = Taken()
    with refresh_lock(data):
        _check(data, batch)
        if has_tables(data):
            with writer(data) as w, suppress(_NotKept), w.transaction():
                taken = take_back(w, batch)
                raise _NotKept
    return taken


def forget(data: Path, batch: str, now: datetime) -> Note:
    """Take an import back. Raises NoSuchImport, RefreshRunning, and LandingError where files that are needed
    are damaged or gone; the request is then not kept."""
    with refresh_lock(data):
        note = _read(data, batch) if batch in {p.stem for p in (data / FOLDER).glob("*.json")} else None
        if note is None or note.done_at is not None:
            _check(data, batch)
            file = _described(Landing(data), batch).file
            note = Note(batch, now.astimezone(UTC).isoformat(), file)
        return _execute(data, note, now)


def finish_forgetting(data: Path, now: datetime) -> list[Note]:
    """Carry out what was begun and killed. To be called under the refresh lock, before anything is loaded."""
    begun = [_read(data, path.stem) for path in sorted((data / FOLDER).glob("*.json"))]
    return [_execute(data, note, now) for note in begun if note is not None and note.done_at is None]


def _execute(data: Path, note: Note, now: datetime) -> Note:
    landing = Landing(data)
    if note.tables_at is None:
        if has_tables(data):
            with writer(data) as w, w.transaction():
                taken = take_back(w, note.batch)
                gone = taken.rows
                # What a killed try took out of the tables is not found there again.
                known = {(store, app, review) for store, app, review in note.uncorrected}
                note.uncorrected = sorted(known | set(taken.uncorrected))
                note.rows = {t: max(gone.get(t, 0), note.rows.get(t, 0)) for t in sorted({*gone, *note.rows})}
                # What cannot be carried out is not noted; what is noted is carried out by whoever comes next.
                _write(data, note)
            rewrite(data, (), now)
        note.tables_at = now.astimezone(UTC).isoformat()
        _write(data, note)
    corrections.forget(landing, {(store, app, review) for store, app, review in note.uncorrected})
    note.uncorrected = []
    if not _came_again(landing, note):
        if landing.is_finished(note.batch):
            # What was published since it came holds it; the last few publications go with the next ones.
            drop_since(data, _described(landing, note.batch).at)
        with landing.steady(alone=True):
            landing.drop_batch(note.batch)
    note.done_at = now.astimezone(UTC).isoformat()
    _write(data, note)
    return note


def last_taken_back(data: Path) -> datetime | None:
    """When the working file last lost an import; None where it never did."""
    notes = [_read(data, path.stem) for path in (data / FOLDER).glob("*.json")]
    moments = [n.tables_at or n.asked_at for n in notes if n is not None]
    return max((datetime.fromisoformat(at) for at in moments), default=None)


class _NotKept(Exception):
    """What was done is not to be kept."""


def _came_again(landing: Landing, note: Note) -> bool:
    """Whether the file was imported once more after the working file had lost it."""
    if note.tables_at is None or not landing.is_finished(note.batch):
        return False
    return _described(landing, note.batch).at > datetime.fromisoformat(note.tables_at)


def _check(data: Path, batch: str) -> None:
    """Raises NoSuchImport for what is no import, LandingError for one that is not whole."""
    landing = Landing(data)
    instead = _instead(batch)
    if instead:
        raise NoSuchImport(f"{batch!r} is no import: {instead}", [batch])
    known = {i.batch: i.file for i in imports(data)}
    if batch not in known:
        raise NoSuchImport(_unknown(batch, known), known)
    if not landing.is_finished(batch):
        raise NoSuchImport(
            f"The import {batch} has not ended: it is running, or was killed. Nothing of it was loaded, and "
            "what was killed goes by itself. Remedy: let it end, or run it again, to take it back.",
            [batch],
        )
    found = harm(landing, batch)
    if found is not None:
        raise found.error()


def _instead(batch: str) -> str:
    """What to do in place of taking back a batch that no import landed; empty for an import."""
    if batch.startswith(IMPORTS):
        return ""
    if batch.startswith((manifest.INTAKE, manifest.COMPACT, "feedback-")):
        return (
            "it holds testers' feedback and what they agreed to. Remedy: `hoshiyomi erase` with --tester, "
            "--person or --consent, which leaves a tombstone, so that nothing comes back."
        )
    if batch.startswith(manifest.CORRECTION):
        return "it says how somebody corrected a review, which a later correction of it replaces."
    if batch.startswith("erase-"):
        return "it says whose feedback is erased, which nothing takes back."
    if manifest.crawled(batch) is not None:
        return (
            "it is what a store gave, and the store would give it again. Remedy: `hoshiyomi rebuild`, where "
            "the tables are to be made anew; `hoshiyomi mend`, where its files are damaged."
        )
    return ""


def _unknown(batch: str, known: dict[str, str]) -> str:
    same = [b for b, file in known.items() if file == batch]
    near = same or difflib.get_close_matches(batch, known, n=3, cutoff=0.5)
    told = f" The nearest: {', '.join(near)}." if near else ""
    return f"There is no import {batch!r}.{told} Remedy: `hoshiyomi imports` lists them with their files."


def _read(data: Path, batch: str) -> Note | None:
    try:
        raw = orjson.loads((data / FOLDER / f"{batch}.json").read_bytes())
    except (FileNotFoundError, OSError, orjson.JSONDecodeError):
        return None
    return Note(**{f: raw[f] for f in Note.__dataclass_fields__ if f in raw})


def _write(data: Path, note: Note) -> None:
    path = make_folder(data / FOLDER) / f"{note.batch}.json"
    write_atomically(path, orjson.dumps(asdict(note), option=orjson.OPT_INDENT_2))


def lines(taken: Taken) -> list[str]:
    """What taking an import back changes, for people."""
    told = [f"{table:<18} {counted(n, 'row')} less" for table, n in taken.rows.items()]
    told += [f"{kind:<18} {counted(n, 'row')} as other batches have them" for kind, n in taken.stay.items()]
    told += [
        f"{a.store} {a.store_app_id}: {counted(a.reviews, 'review')} on {counted(a.days, 'day')}, "
        f"{a.first} to {a.last}"
        for a in taken.apps
    ]
    return told or ["nothing of it was loaded"]
