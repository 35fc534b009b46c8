"""Whether a landed batch is whole, and keeping what can still be read of one that is not.

Files are held against their checksums where the batch lists them; those of batches from before there were
manifests are read to their end. What coverage says was got is held against the rows that were landed: fewer
rows than that is loss, however it came about.

What is kept of a damaged file is landed under a name of its own (`00000.g2`), so that no name ever stands for
two contents and it is loaded although the damaged file may have been. The new coverage is landed after it and
before anything is removed: a kill leaves a batch that is harmed still, and is mended by the next try.
"""

from __future__ import annotations

import io
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from warehouse import manifest
from warehouse.errors import LandingError
from warehouse.landing import Landing
from warehouse.manifest import HOLDS, Manifest, Name, crawled, generation, next_generation, remedy
from warehouse.private import digest
from warehouse.records import Coverage, Feedback

_NAMED = 3
_UNKNOWN_PLACE = ("google_play", "unknown")


@dataclass(frozen=True, slots=True)
class Harm:
    """What is wrong with one batch."""

    batch: str
    files: tuple[str, ...]
    """Paths relative to the landing folder; empty where rows are missing and no file shows why."""
    says: str
    """Without a word of a person's."""
    detail: str | None = None
    """What coverage says of the batch, such as the name of the file that was imported."""

    def error(self) -> LandingError:
        """As it is told, with the remedy."""
        about = f" It was landed from {self.detail}." if self.detail and not crawled(self.batch) else ""
        return LandingError(
            f"Landing batch {self.batch} is not whole: {self.says}.{about} Remedy: {remedy(self.batch)}",
            own=[self.batch, *self.files],
        )


def harm(landing: Landing, batch: str) -> Harm | None:
    """What is wrong with a finished batch; None when it is whole."""
    return examine(landing, batch).harm


@dataclass(slots=True)
class Examined:
    """A finished batch, looked at."""

    harm: Harm | None = None
    rows: dict[str, int] = field(default_factory=dict)
    """Rows as they were landed, by file; without coverage."""


def examine(landing: Landing, batch: str) -> Examined:
    """What a finished batch holds, and what is wrong with it."""
    try:
        listed = landing.manifest(batch)
    except LandingError as error:
        return Examined(Harm(batch, error.own, f"its coverage cannot be read ({', '.join(error.own)})"))
    if not listed.batches:
        return Examined(Harm(batch, (), "its coverage is empty"))
    done = Examined()
    there = landing.parts(batch)
    found = [(f"{k}/{batch}/{p}.jsonl.gz", "missing") for k, p in sorted(set(listed.parts) - set(there))]
    for kind, part in there:
        if kind == Coverage.KIND:
            continue
        name = f"{kind}/{batch}/{part}.jsonl.gz"
        rows = _rows(landing, batch, kind, part, listed)
        if rows is None:
            found.append((name, "damaged"))
        else:
            done.rows[name] = rows
    done.harm = _harm(batch, listed, found) if found else _short(batch, listed, done.rows)
    return done


def is_sound(landing: Landing, batch: str) -> bool:
    """Whether a finished batch holds all that it ever held, and nothing of it was lost to damage before."""
    return harm(landing, batch) is None and not landing.manifest(batch).is_mended


def drop_harmed_parts(landing: Landing, batch: str) -> int:
    """Remove the files of an unfinished batch that cannot be read, so that they can land anew; how many."""
    dropped = 0
    for kind, part in landing.parts(batch):
        try:
            landing.count(kind, batch, part)
        except LandingError:
            landing.path(kind, batch, part).unlink()
            dropped += 1
    return dropped


def _rows(landing: Landing, batch: str, kind: str, part: str, listed: Manifest) -> int | None:
    """How many rows a file was landed with; None where it is not what was landed."""
    known = listed.parts.get((kind, part))
    try:
        if known is None:
            return landing.count(kind, batch, part)
        is_same = digest(landing.path(kind, batch, part)) in known.sha256
    except (LandingError, OSError):
        return None
    return known.rows if is_same else None


def _short(batch: str, listed: Manifest, rows: Mapping[str, int]) -> Harm | None:
    """Whether the files hold fewer rows than coverage says were got."""
    for kind, got in sorted(listed.got.items()):
        if kind == Feedback.KIND and not listed.is_listed:
            # An erasure may have taken rows out, and nobody noted how many there had been.
            continue
        held = sum(n for name, n in rows.items() if name.startswith(f"{kind}/"))
        if held < got:
            says = f"coverage says {got:,} rows of {kind} were got, its files hold {held:,}"
            return Harm(batch, (), says, _detail(listed))
    return None


def _harm(batch: str, listed: Manifest, found: list[tuple[str, str]]) -> Harm:
    told = ", ".join(f"{name} is {what}" for name, what in found[:_NAMED])
    more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    return Harm(batch, tuple(name for name, _ in found), told + more, _detail(listed))


def _detail(listed: Manifest) -> str | None:
    # Only an import says where its rows came from; a crawl says how it ended.
    return listed.details[0] if listed.details else None


@dataclass(frozen=True, slots=True)
class Mended:
    """What became of one batch."""

    batch: str
    kept: int
    """Rows in its files."""
    lost: int
    """Rows that were landed and cannot be read any more; at most so many, where an erasure took some."""


def salvage(landing: Landing, found: Harm, now: datetime) -> Mended:
    """Land a harmed batch anew with what can be read of it."""
    batch = found.batch
    lines, listed = _readable_coverage(landing, batch)
    harmed = {_name(file) for file in found.files if not file.startswith(f"{Coverage.KIND}/")}
    kept = _land_readable(landing, batch, harmed)
    old = [n for n in landing.parts(batch) if n[0] == Coverage.KIND]
    held = _held(landing, batch, harmed)
    lost = _lost(listed, held, harmed, kept)
    if not held and not lines:
        landing.drop_batch(batch)
        return Mended(batch, 0, lost)
    rows = _coverage(landing, batch, lines or _rebuilt(landing, batch, held, now), held, lost, now)
    part = next_generation(max(p for _, p in old)) if old else "00000.g2"
    listing = {
        manifest.PARTS: manifest.written(landing.described(batch, held)),
        manifest.LOST: lost + listed.lost,
        manifest.REPLACES: sorted(listed.replaces),
    }
    text = b"".join(
        orjson.dumps(row | (listing if n == 0 else {}), option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z)
        for n, row in enumerate(rows)
    )
    landing.write_lines(Coverage.KIND, batch, part, text, len(rows))
    for kind, gone in [*old, *harmed]:
        landing.path(kind, batch, gone).unlink(missing_ok=True)
    return Mended(batch, sum(held.values()), lost)


def _name(file: str) -> Name:
    kind, _, name = file.split("/")
    return kind, name.removesuffix(".jsonl.gz")


def _readable_coverage(landing: Landing, batch: str) -> tuple[list[dict[str, Any]], Manifest]:
    """The lines of coverage that can be read, of the newest generation."""
    lines: list[dict[str, Any]] = []
    parts = [part for kind, part in landing.parts(batch) if kind == Coverage.KIND]
    newest = max(map(generation, parts), default=1)
    for part in parts:
        if generation(part) == newest:
            raw = readable(landing.path(Coverage.KIND, batch, part))
            lines += [row for row in map(orjson.loads, raw) if "asked_for" in row]
    return lines, manifest.read(lines)


def _land_readable(landing: Landing, batch: str, harmed: Iterable[Name]) -> Counter[Name]:
    """Land what can be read of damaged files under their next names; the rows of each."""
    kept: Counter[Name] = Counter()
    for kind, part in harmed:
        lines = readable(landing.path(kind, batch, part))
        fresh = next_generation(part)
        if lines:
            landing.write_lines(kind, batch, fresh, b"".join(lines), len(lines))
            kept[kind, fresh] = len(lines)
    return kept


def readable(path: Path) -> list[bytes]:
    """The whole lines at the beginning of a damaged file, each an object; none where it is gone."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return []
    text, unpacking = bytearray(), zlib.decompressobj(wbits=31)
    # In small steps: what was unpacked before the damage is kept.
    for start in range(0, len(raw), 256):
        try:
            text += unpacking.decompress(raw[start : start + 256])
        except zlib.error:
            break
    return [line for line in io.BytesIO(text) if line.endswith(b"\n") and _is_object(line)]


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(orjson.loads(line), dict)
    except orjson.JSONDecodeError:
        return False


def _held(landing: Landing, batch: str, harmed: set[Name]) -> dict[Name, int]:
    """Rows of every file of the batch that can be read."""
    held: dict[Name, int] = {}
    for kind, part in landing.parts(batch):
        if kind != Coverage.KIND and (kind, part) not in harmed:
            try:
                held[kind, part] = landing.count(kind, batch, part)
            except LandingError:
                harmed.add((kind, part))
    return held


def _lost(listed: Manifest, held: Mapping[Name, int], harmed: set[Name], kept: Counter[Name]) -> int:
    if listed.is_listed:
        landed = sum(p.rows for name, p in listed.parts.items() if name in harmed)
        if harmed:
            return max(0, landed - kept.total())
    got = sum(listed.got.values())
    return max(0, got - sum(n for (kind, _), n in held.items() if kind in HOLDS.values()))


def _coverage(
    landing: Landing,
    batch: str,
    lines: list[dict[str, Any]],
    held: Mapping[Name, int],
    lost: int,
    now: datetime,
) -> list[dict[str, Any]]:
    """The rows of coverage as they hold now: incomplete, with what is left."""  # fmt: skip
    by_app = _by_app(landing, batch, held)
    rows = []
    for line in lines:
        row = {k: v for k, v in line.items() if k not in manifest.KEYS}
        kind = HOLDS[row["asked_for"]]
        alone = sum(HOLDS[other["asked_for"]] == kind for other in lines) == 1
        if alone:
            row["got"] = sum(n for (k, _), n in held.items() if k == kind)
        else:
            # Feedback names no store; of others an app without rows has lost them all.
            left = row["got"] if kind == Feedback.KIND else 0
            row["got"] = min(row["got"], by_app.get((kind, row["store"], row["store_app_id"]), left))
        said = f"{lost} rows of the batch were lost to damage" if lost else "its landing file was damaged"
        row["detail"] = "; ".join(s for s in (row.get("detail"), said) if s)
        if row["outcome"] == "complete":
            row |= {"outcome": "partial", "reason": "rejected_rows"}
        row["rejected"] = row.get("rejected", 0) + lost
        row["finished_at"] = now
        rows.append(row)
    return rows


def _by_app(landing: Landing, batch: str, held: Mapping[Name, int]) -> Counter[tuple[str, str, str]]:
    counted: Counter[tuple[str, str, str]] = Counter()
    for kind, part in held:
        if kind in HOLDS.values():
            for row in landing.read(kind, batch, part):
                if "store" in row:
                    counted[kind, str(row["store"]), str(row["store_app_id"])] += 1
    return counted


def _rebuilt(landing: Landing, batch: str, held: Mapping[Name, int], now: datetime) -> list[dict[str, Any]]:
    """Coverage made from the rows, where none of it can be read."""
    asked = {kind: asked_for for asked_for, kind in HOLDS.items()}
    seen: Counter[tuple[str, str, str, str]] = Counter()
    for kind, part in held:
        for row in landing.read(kind, batch, part):
            place = (str(row["store"]), str(row["store_app_id"])) if "store" in row else _UNKNOWN_PLACE
            seen[(asked.get(kind, "feedback"), str(row.get("source", "unknown")), *place)] += kind in asked
    return [
        {
            "batch": batch, "run_id": batch, "source": source, "asked_for": asked_for, "store": store,
            "store_app_id": store_app_id, "started_at": now, "finished_at": now, "pages": 1, "got": got,
            "rejected": 0, "outcome": "partial", "reason": "rejected_rows", "is_sample": False,
        }
        for (asked_for, source, store, store_app_id), got in sorted(seen.items())
    ]  # fmt: skip
