"""What a batch says of its own files: part, rows as they were landed, SHA-256.

The manifest stands in the first line of the batch's coverage, which is landed last and makes the batch count:
one file less to sync for each of the intake's batches, and never a manifest without its batch. Batches that
were landed before there were manifests have none; their files are read to the end instead.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PARTS, REPLACES, LOST = "parts", "replaces", "lost"
KEYS = frozenset({PARTS, REPLACES, LOST})
"""What a line of coverage may hold beside the record."""
HOLDS = {
    "reviews": "reviews", "snapshots": "rating_snapshots", "daily_ratings": "daily_ratings",
    "feedback": "feedback",
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


def digest(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
