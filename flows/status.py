"""`hoshiyomi status`: what is published, what waits, and how complete each source is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from flows.counted import counted
from flows.proofs import Proofs, pending
from warehouse.landing import Landing
from warehouse.reads import current, rows
from warehouse.records import KINDS
from warehouse.tombstones import Tombstones


def lines(data: Path) -> Iterator[str]:
    """The lines of the report. Raises NothingPublished before the first run."""
    landed = sum(len(Landing(data).files(kind)) for kind in KINDS)
    path = current(data)
    (facts,) = rows(path, "status")
    yield f"published      {path}"
    yield f"revision       {facts['revision']}, {facts['published_at']:%Y-%m-%d %H:%M} UTC"
    yield f"model          {facts['model_version'] or '-'}"
    yield f"apps           {facts['apps']} ({facts['sample_apps']} of them sample data)"
    yield f"reviews        {facts['reviews']:,} ({facts['redactions']:,} redactions)"
    yield f"waiting        {counted(landed - facts['landing_files'], 'landing file')} not yet published"
    yield f"put aside      {counted(facts['rejected_rows'], 'row')}"
    stones = Tombstones.landed(Landing(data))
    yield f"erasures       {len(stones)} asked for, {len(pending(Proofs(data), stones))} not done yet"
    for row in rows(path, "status_coverage"):
        state = "ok" if row["outcome"] == "complete" else row["outcome"].upper()
        yield f"coverage       {row['source']}: {row['batches']} asks {state} ({row['reason']})"
