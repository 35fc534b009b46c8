"""Collecting: ask a source, pass the gate, land what came, and write down how it ended."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count

from flows.sources.contract import Ask, Ending, Parsed, Source
from flows.sources.shapes import ShapeError
from warehouse.landing import Landing
from warehouse.records import AskedFor, Coverage

_PART = "00000"


@dataclass(frozen=True, slots=True)
class Collected:
    """What one ask brought; `done_before` when its batch had been landed by an earlier run."""

    batch: str
    got: int
    outcome: str
    done_before: bool = False


def batch_name(source: str, ask: Ask) -> str:
    """The name of the landing batch of one ask on one day: asking twice on a day is asking once."""
    app = re.sub(r"[^a-z0-9.]+", "-", ask.store_app_id.lower())[:40].strip("-.")
    where = ask.language or ask.country or "all"
    key = hashlib.sha256(f"{ask.store}\0{ask.store_app_id}\0{where}".encode()).hexdigest()[:6]
    return f"{source}-{ask.store}-{app}-{where}-{key}-{ask.now.astimezone(UTC):%Y%m%d}"


def collect(source: Source, ask: Ask, landing: Landing, *, run_id: str, is_sample: bool) -> Collected:
    """Fetch, parse and land one ask; the coverage row is written last and says why it ended."""
    batch = batch_name(source.name, ask)
    for attempt in count(2):
        ended = _outcome(landing, batch)
        if ended is None:
            break
        if ended != "failed":
            return Collected(batch, 0, ended, done_before=True)
        # What an earlier attempt of the day landed stays; this one is a batch of its own.
        batch = f"{batch_name(source.name, ask)}.{attempt}"
    started = datetime.now(UTC)
    parsed, pages, ending = _fetch(source, ask)
    # Parts without a coverage row are of an ask that was killed; a store may answer otherwise by now.
    landing.drop_parts(batch)
    landing.write("reviews", batch, _PART, parsed.reviews)
    landing.write("rating_snapshots", batch, _PART, parsed.snapshots)
    landing.write("releases", batch, _PART, parsed.releases)
    landing.write("feedback", batch, _PART, parsed.feedback)
    came: tuple[tuple[AskedFor, int], ...] = (
        ("reviews", len(parsed.reviews)),
        ("snapshots", len(parsed.snapshots)),
        ("feedback", len(parsed.feedback)),
    )
    rows = [
        Coverage(
            batch=batch, run_id=run_id, source=source.name, asked_for=asked_for, store=ask.store,
            store_app_id=ask.store_app_id, language=ask.language, country=ask.country,
            asked_since=ask.since, started_at=started, finished_at=datetime.now(UTC),
            covered_until=ask.now, pages=pages, got=got, outcome=ending.outcome, reason=ending.reason,
            detail=ending.detail, is_sample=is_sample,
        )
        for asked_for, got in came
        if got or asked_for == "reviews"
    ]  # fmt: skip
    landing.write("coverage", batch, _PART, rows)
    return Collected(batch, len(parsed.reviews), ending.outcome)


def _outcome(landing: Landing, batch: str) -> str | None:
    """How a landed batch ended; None when it has not been landed to its end."""
    if not landing.has("coverage", batch, _PART):
        return None
    return str(next(landing.read("coverage", batch, _PART))["outcome"])


def _fetch(source: Source, ask: Ask) -> tuple[Parsed, int, Ending]:
    everything = Parsed()
    pages = 0
    ending = Ending(outcome="failed", reason="blocked", detail="the source ended without saying why")
    for item in source.fetch(ask):
        if isinstance(item, Ending):
            ending = item
            continue
        pages += 1
        try:
            page = source.parse(ask, item)
        except ShapeError as error:
            # What came before is kept; the moved field is named, and nothing is guessed.
            return everything, pages, Ending(outcome="failed", reason="shape_changed", detail=str(error))
        everything.reviews += page.reviews
        everything.snapshots += page.snapshots
        everything.releases += page.releases
        everything.feedback += page.feedback
    return everything, pages, ending
