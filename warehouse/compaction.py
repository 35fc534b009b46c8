"""The ledger of loaded files (`core.landing_files`), and merging many small batches of the intake into one.

The ledger is held against the landing folder before every load. A merged file takes the place of those for
which it stands without being loaded again, a file that its batch landed anew under another name is forgotten,
and one that is gone is marked: the tables hold its rows, but a rebuild would not.

A merged batch `compact-intake-<digest of the names>` holds the lines of all batches that it stands for, in
order of name, and the rows of their coverage as they are: every table is that of the batches one by one.
The moment its coverage is landed it counts and they do not (`Landing.whole_batches`): a kill leaves the one
or the others. Only then are they removed. Merged are batches that were loaded and are whole, so that a
landing folder of years is read in minutes. To be called under the refresh lock, which keeps erasures away.

A merged part's name says for how many files it stands (`00000.of412`), so that counts of files go on as if
nothing had been merged.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import duckdb
import orjson

from warehouse import manifest
from warehouse.errors import LandingError
from warehouse.landing import Landing
from warehouse.manifest import COMPACT, INTAKE, Part, stands_for
from warehouse.private import digest
from warehouse.records import Consent, Coverage, Erasure, Feedback
from warehouse.schema import load_sql
from warehouse.soundness import examine

if TYPE_CHECKING:
    from warehouse.writes import Writer

FEWEST = 50
"""So many small batches must wait before it is worth while."""
MOST = 2_000
"""So many batches are merged into one at a time; bounds memory and the length of one coverage file."""
SETTLED_S = 300.0
"""A batch younger than this is left alone: its writer may take it back when its disk refuses."""
_ROUNDS = 50
_SMALL = 1_000
"""A merged batch that stands for fewer is merged again."""
_PART_BYTES = 16_000_000
_KINDS = (Erasure.KIND, Consent.KIND, Feedback.KIND)


def known(con: duckdb.DuckDBPyConnection) -> set[str]:
    """The files that were loaded."""
    return {path for (path,) in con.execute("select path from core.landing_files").fetchall()}


def settle(
    con: duckdb.DuckDBPyConnection,
    landing: Landing,
    files: Mapping[str, Sequence[str]],
    whole: Collection[str],
    now: datetime,
) -> tuple[str, ...]:
    """Bring the ledger in line with what lies in the landing folder; the files that are missing.

    To be called in a transaction.
    """
    there = {path for paths in files.values() for path in paths}
    loaded = known(con)
    for batch in sorted(b for b in whole if b.startswith(COMPACT)):
        paths = [p for p in there if p.split("/")[1] == batch]
        if not loaded.issuperset(paths) and examine(landing, batch).harm is None:
            adopt(con, landing, batch, paths, now)
    gone = known(con) - there
    superseded = _superseded(landing, gone, whole)
    forget(con, superseded)
    missing = sorted(gone - superseded)
    con.execute(load_sql("missing_files"), {"missing": missing, "now": now})
    return tuple(missing)


def adopt(
    con: duckdb.DuckDBPyConnection, landing: Landing, batch: str, paths: Sequence[str], now: datetime
) -> bool:
    """Let the files of a merged batch count as loaded, when everything that it stands for is; whether so.

    Otherwise it is loaded like any other: loading what is there already changes nothing.
    """
    listed = landing.manifest(batch)
    replaced = listed.replaces | listed.batches
    ((count,),) = con.execute(load_sql("replaced_files"), {"batches": sorted(replaced)}).fetchall()
    merged = [stands_for(p.split("/")[2].removesuffix(".jsonl.gz")) for p in paths]
    if count != sum(merged):
        return False
    forget(con, {p for p in known(con) if p.split("/")[1] in replaced})
    for path, of in zip(paths, merged, strict=True):
        kind, _, name = path.split("/")
        part = listed.parts.get((kind, name.removesuffix(".jsonl.gz")))
        con.execute(
            load_sql("landing_files"),
            {
                "files": [path], "kind": kind, "now": now, "rows": [part.rows if part else None],
                "stands_for": [of],
            },
        )  # fmt: skip
    return True


def forget(con: duckdb.DuckDBPyConnection, paths: Collection[str]) -> None:
    """Take files out of the ledger."""
    if paths:
        con.execute(
            "delete from core.landing_files where path in (select unnest($paths::varchar[]))",
            {"paths": sorted(paths)},
        )


def _superseded(landing: Landing, gone: Collection[str], whole: Collection[str]) -> set[str]:
    """The files among those that are gone whose rows lie elsewhere: their batch was landed anew without
    them, or merged."""
    if not gone:
        return set()
    merged: set[str] = set()
    for batch in whole:
        if batch.startswith(COMPACT) and examine(landing, batch).harm is None:
            listed = landing.manifest(batch)
            merged |= listed.replaces | listed.batches
    return {p for p in gone if p.split("/")[1] in merged or _is_unlisted(landing, p, whole)}


def _is_unlisted(landing: Landing, path: str, whole: Collection[str]) -> bool:
    kind, batch, name = path.split("/")
    if batch not in whole:
        return False
    try:
        listed = landing.manifest(batch)
    except LandingError:
        return False
    part = name.removesuffix(".jsonl.gz")
    return kind == Coverage.KIND or (listed.is_listed and (kind, part) not in listed.parts)


@dataclass(slots=True)
class Compacted:
    """What was merged."""

    batches: int = 0
    into: int = 0


@dataclass(slots=True)
class _Merging:
    """One merged batch in the making."""

    batch: str
    replaces: list[str] = field(default_factory=list)
    coverage: list[dict[str, Any]] = field(default_factory=list)
    covers: int = 0
    parts: list[Part] = field(default_factory=list)


def compact(
    w: Writer, now: datetime, *, settled_s: float = SETTLED_S, fewest: int = FEWEST, most: int = MOST
) -> Compacted:
    """Merge what waits; nothing where little does."""
    done = Compacted()
    tidy(w.landing)
    for _ in range(_ROUNDS):
        chosen = _candidates(w.landing, known(w.con), settled_s)[:most]
        if len(chosen) < fewest:
            break
        batch = merge(w.landing, chosen)
        if batch is None:
            break
        with w.transaction():
            paths = [f"{k}/{batch}/{p}.jsonl.gz" for k, p in w.landing.parts(batch)]
            adopt(w.con, w.landing, batch, paths, now)
        tidy(w.landing)
        done.batches += len(chosen)
        done.into += 1
    return done


def merge(landing: Landing, batches: Sequence[str]) -> str | None:
    """Land one batch that stands for these finished ones; its name, None where fewer than two are whole."""
    whole = [b for b in batches if examine(landing, b).harm is None]
    if len(whole) < 2:
        return None
    name = hashlib.sha256("\0".join(whole).encode()).hexdigest()[:16]
    into = _Merging(f"{COMPACT}intake-{name}", whole)
    for kind in _KINDS:
        _merge_kind(landing, into, kind)
    for batch in whole:
        into.coverage += landing.coverage(batch)
        into.covers += sum(stands_for(p) for k, p in landing.parts(batch) if k == Coverage.KIND)
    _land_coverage(landing, into)
    return into.batch


def tidy(landing: Landing) -> int:
    """Remove what merged batches stand for, and merged ones that a kill left unfinished; how many batches."""
    begun = {p.name for kind in (*_KINDS, Coverage.KIND) for p in (landing.folder / kind).glob(f"{COMPACT}*")}
    finished = {b for b in begun if landing.is_finished(b)}
    unfinished = begun - finished
    replaced = {b for b in landing.replaced(finished) if landing.parts(b)}
    if not unfinished | replaced:
        return 0
    # Nobody reads the folder as a whole meanwhile and meets a file that goes.
    with landing.steady(alone=True):
        for batch in sorted(unfinished | replaced):
            landing.drop_batch(batch)
    return len(unfinished | replaced)


def _candidates(landing: Landing, loaded: Collection[str], settled_s: float) -> list[str]:
    """Finished small batches of the intake that were loaded to their last file, oldest first."""
    before = time.time() - settled_s
    found = []
    for folder in (landing.folder / Coverage.KIND).glob("*"):
        batch = folder.name
        if not batch.startswith((INTAKE, f"{COMPACT}intake-")):
            continue
        parts = landing.parts(batch)
        covers = [p for k, p in parts if k == Coverage.KIND]
        if not covers or sum(map(stands_for, covers)) >= _SMALL:
            continue
        paths = [f"{k}/{batch}/{p}.jsonl.gz" for k, p in parts]
        if all(p in loaded for p in paths) and _changed(landing, paths) < before:
            found.append(batch)
    return sorted(found)


def _changed(landing: Landing, paths: Sequence[str]) -> float:
    return max((landing.folder / p).stat().st_mtime for p in paths)


def _merge_kind(landing: Landing, into: _Merging, kind: str) -> None:
    """Land the lines of all batches of one kind, a file of theirs wholly in one part."""
    lines, rows, landed, of = bytearray(), 0, 0, 0
    number = 0
    for batch in into.replaces:
        for part, text, count in _files(landing, batch, kind):
            lines += text
            rows += text.count(b"\n")
            landed += count
            of += stands_for(part)
            if len(lines) >= _PART_BYTES:
                _land_part(landing, into, kind, number, lines, rows, landed, of)
                lines, rows, landed, of, number = bytearray(), 0, 0, 0, number + 1
    if of:
        _land_part(landing, into, kind, number, lines, rows, landed, of)


def _files(landing: Landing, batch: str, kind: str) -> Iterator[tuple[str, bytes, int]]:
    """(part, lines, rows as landed) of every file of a kind."""
    listed = landing.manifest(batch)
    for found, part in landing.parts(batch):
        if found == kind:
            text = landing.lines(kind, batch, part)
            known = listed.parts.get((kind, part))
            count = known.rows if known else max(text.count(b"\n"), listed.got[kind])
            yield part, text, count


def _land_part(
    landing: Landing,
    into: _Merging,
    kind: str,
    number: int,
    lines: bytearray,
    rows: int,
    landed: int,
    of: int,
) -> None:
    part = f"{number:05d}.of{of}"
    landing.write_lines(kind, into.batch, part, lines, rows)
    sha256 = digest(landing.path(kind, into.batch, part))
    into.parts.append(Part(kind, part, landed, (sha256,)))


def _land_coverage(landing: Landing, into: _Merging) -> None:
    lost = [line[manifest.LOST] for line in into.coverage if manifest.LOST in line]
    rows = [{k: v for k, v in line.items() if k not in manifest.KEYS} for line in into.coverage]
    says = {manifest.PARTS: manifest.written(into.parts), manifest.REPLACES: into.replaces}
    rows[0] |= says | ({manifest.LOST: sum(lost)} if lost else {})
    text = b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows)
    landing.write_lines(Coverage.KIND, into.batch, f"00000.of{into.covers}", text, len(rows))
