"""Landing batches: what a batch's name says, and what a batch says of its own files (part, rows, SHA-256).

A batch's name tells its writer, so that writing it again is recognised (`warehouse.landing`). What is lost of
it comes back in a way that depends on its writer; the remedies here are those that errors print.

The manifest stands in the first line of the batch's coverage, which is landed last and makes the batch count:
one file less to sync for each of the intake's batches, and never a manifest without its batch. Batches that
were landed before there were manifests have none; their files are read to the end instead.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

INTAKE = "intake-"
CORRECTION = "correction-"
COMPACT = "compact-"
"""Batches that stand for many small ones (`warehouse.compaction`)."""
_MERGED = re.compile(r"\.of([0-9]+)(?:\.g[0-9]+)?$")
_GENERATION = re.compile(r"\.g([0-9]+)$")
# A crawl's name ends with its day, and with its attempt where it is not the first of the day.
_CRAWL = re.compile(r"(?P<ask>.+-[0-9a-f]{6})(?P<backfill>-since[0-9]{8})?-(?P<day>[0-9]{8})(?:\.[0-9]+)?")

_BACKUP = "put the file back from a backup of the landing folder"
_MEND = "`hoshiyomi mend` keeps what can still be read"
_AGAIN = (
    (
        "import-",
        "import the same file with the same options again (`hoshiyomi import`, or `hoshiyomi collect` for an "
        "export of Play Console's); it is landed anew",
    ),
    (
        "feedback-",
        "import the same file with the same options again (`hoshiyomi import-feedback`); it is landed anew",
    ),
)


def crawled(batch: str) -> str | None:
    """The key of the ask whose crawl landed this batch; None for a batch of another writer."""
    found = _CRAWL.fullmatch(batch)
    return found["ask"] if found else None


def remedy(batch: str) -> str:
    """How to come back to whole data when files of this batch are damaged or gone."""
    for prefix, again in _AGAIN:
        if batch.startswith(prefix):
            return f"{again}. Without that file: {_MEND} and says what is lost."
    if crawled(batch) is not None:
        return (
            f"{_BACKUP}; or run `hoshiyomi mend`, then `hoshiyomi refresh`: {_MEND} and asks the store again."
        )
    return f"{_BACKUP}. Without one: {_MEND} and says what is lost."


def stands_for(part: str) -> int:
    """How many parts were merged into this one."""
    found = _MERGED.search(part)
    return int(found[1]) if found else 1


def generation(part: str) -> int:
    """How often this part was landed: 1, or more after damage."""
    found = _GENERATION.search(part)
    return int(found[1]) if found else 1


def next_generation(part: str) -> str:
    """The name under which a part is landed that takes the place of a damaged one: a name never changes
    what it names."""
    return f"{_GENERATION.sub('', part)}.g{generation(part) + 1}"


PARTS, REPLACES, LOST = "parts", "replaces", "lost"
KEYS = frozenset({PARTS, REPLACES, LOST})
"""What a line of coverage may hold beside the record."""
HOLDS = {
    "reviews": "reviews", "snapshots": "rating_snapshots", "daily_ratings": "daily_ratings",
    "feedback": "feedback", "corrections": "corrections",
}  # fmt: skip
"""By what coverage was asked for: the kind of record that `got` counts."""

Name = tuple[str, str]
"""Kind and part."""


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a batch as it was landed."""

    kind: str
    part: str
    rows: int
    """As landed; an erasure does not change it."""
    sha256: tuple[str, ...]
    """Of the file. Two while an erasure rewrites it, so that a kill leaves no file that looks damaged."""


@dataclass(slots=True)
class Manifest:
    """What the coverage of one batch says."""

    parts: dict[Name, Part] = field(default_factory=dict)
    is_listed: bool = False
    """False for a batch that was landed before there were manifests."""
    replaces: frozenset[str] = frozenset()
    """The batches that this one stands for, since the moment its coverage was landed."""
    lost: int = 0
    """Rows that damage took (`hoshiyomi mend`)."""
    is_mended: bool = False
    got: Counter[str] = field(default_factory=Counter)
    """By kind of record: how many rows coverage says were got."""
    batches: set[str] = field(default_factory=set)
    """Of which batches coverage speaks: a merged one keeps the rows of all that it stands for."""
    details: list[str] = field(default_factory=list)

    def rows(self, kind: str) -> int:
        """Rows of a kind as they were landed."""
        return sum(p.rows for p in self.parts.values() if p.kind == kind)


def read(lines: Iterable[Mapping[str, Any]]) -> Manifest:
    """The manifest of a batch from the lines of its coverage."""
    found = Manifest()
    for line in lines:
        kind = HOLDS.get(str(line.get("asked_for")))
        if kind is not None:
            found.got[kind] += int(line.get("got") or 0)
        if line.get("batch"):
            found.batches.add(str(line["batch"]))
        if line.get("detail"):
            found.details.append(str(line["detail"]))
        if LOST in line:
            found.is_mended = True
            found.lost += int(line[LOST])
        found.replaces |= frozenset(line.get(REPLACES, ()))
        for raw in line.get(PARTS, ()):
            part = Part(raw["kind"], raw["part"], raw["rows"], tuple(raw["sha256"]))
            found.parts[part.kind, part.part] = part
            found.is_listed = True
        found.is_listed = found.is_listed or PARTS in line
    return found


def written(parts: Iterable[Part]) -> list[dict[str, object]]:
    """Parts as they stand in coverage."""
    return [
        {"kind": p.kind, "part": p.part, "rows": p.rows, "sha256": list(p.sha256)}
        for p in sorted(parts, key=lambda p: (p.kind, p.part))
    ]
