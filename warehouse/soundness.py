"""Whether a landed batch is whole: every file that it lists is there, unharmed, with the rows that were got.

Files are held against their checksums where the batch lists them; those of batches from before there were
manifests are read to their end. What coverage says was got is held against the rows that were landed: fewer
rows than that is loss, however it came about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from warehouse import manifest
from warehouse.batches import crawled, remedy
from warehouse.errors import LandingError
from warehouse.landing import Landing
from warehouse.manifest import Manifest
from warehouse.records import Coverage, Feedback

_NAMED = 3


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
        is_same = manifest.digest(landing.path(kind, batch, part)) in known.sha256
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
