"""What an import brought that was not known: counted beside what is published and what was landed since.

Nothing is locked and nothing is loaded: the published file is opened read-only, landing files are read.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from warehouse.errors import NothingPublished, PublicationDamaged
from warehouse.landing import Landing
from warehouse.reads import current

_SCRIPTS = Path(__file__).parent / "load"
_MEMORY = "256MB"
# Landing files that came after the publication, together and packed; what is more is not compared with.
_MOST_PENDING = 64 << 20


@dataclass(frozen=True, slots=True)
class News:
    """Every row of an import that became a review is one of these."""

    new: int
    """First sight of a review."""
    known: int
    """Met before with the same stars and words."""
    edited: int
    """Another state of a review that was met before, in this file or earlier."""
    duplicates: int
    """The same review again in this file, under its own id or under another."""


def count_news(data: Path, batch: str) -> News | None:
    """What the reviews of a landed batch bring; None where that cannot be told (a damaged publication)."""
    landing = Landing(data)
    own = [str(landing.path(kind, batch, part)) for kind, part in landing.parts(batch) if kind == "reviews"]
    if not own:
        return News(0, 0, 0, 0)
    try:
        published: Path | None = current(data)
    except NothingPublished:
        published = None
    except PublicationDamaged:
        return None
    spill = data / "tmp"
    try:
        with duckdb.connect(config={"memory_limit": _MEMORY, "temp_directory": str(spill)}) as con:
            if published is None:
                con.execute(_sql("import_known_nothing"))
            else:
                # DuckDB takes no parameter here; the name is ours.
                name = str(published).replace("'", "''")
                con.execute(f"attach '{name}' as published (read_only)")
                con.execute(_sql("import_known"))
            pending = _pending(landing, batch, published)
            if pending:
                con.execute(_sql("import_pending"), {"files": pending})
            row = con.execute(_sql("import_counts"), {"files": own}).fetchone()
    except duckdb.Error:
        # A summary shall not cost the import, which is landed.
        return None
    return News(*row) if row else None


def _sql(name: str) -> str:
    return (_SCRIPTS / f"{name}.sql").read_text(encoding="utf-8")


def _pending(landing: Landing, batch: str, published: Path | None) -> list[str]:
    """Landing files of reviews that came after the publication, the youngest first, up to a bound."""
    since = published.stat().st_mtime if published else 0.0
    whole = landing.whole_batches()
    found: list[str] = []
    size = 0
    paths = [landing.folder / f for f in landing.files("reviews") if f.split("/")[1] in whole - {batch}]
    for path in sorted(paths, key=lambda p: -p.stat().st_mtime):
        about = path.stat()
        if about.st_mtime < since or size + about.st_size > _MOST_PENDING:
            break
        size += about.st_size
        found.append(str(path))
    return found
