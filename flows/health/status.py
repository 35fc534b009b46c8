"""`hoshiyomi status`: how every source is, what the last run did, what waits, and what needs a person.

The report is a list of findings and the facts behind it. A finding comes from a probe: a function that looks
at one thing. Whoever knows of another thing that can go wrong adds a probe to PROBES.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

from flows.collection import attempts
from flows.collection.collector import ask_key
from flows.collection.registry import routes
from flows.config.load import Config
from flows.errors import HoshiyomiError
from flows.health import data_folder as house_health
from flows.health import sources as source_health
from flows.health.findings import Finding, needs_a_person, worst_first
from flows.health.runs import Run, latest
from flows.serving import schedule
from flows.sources.http import StoreClient
from warehouse.batches import COMPACT, stands_for
from warehouse.errors import NothingPublished, PublicationDamaged, WarehouseError
from warehouse.landing import Landing
from warehouse.reads import check_whole, current, rows
from warehouse.records import KINDS

_RUNS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What a probe may look at."""

    data: Path
    config: Config
    now: datetime
    zone: tzinfo | None
    """Of the times in findings; None is this machine's."""
    asks: tuple[source_health.Ask, ...]
    runs: tuple[Run, ...]
    """The last runs, newest first."""


Probe = Callable[[Scene], list[Finding]]
PROBES: tuple[Probe, ...] = (
    lambda s: source_health.findings(s.asks, s.now, s.zone),
    lambda s: house_health.of_runs(s.runs, s.zone),
    lambda s: house_health.of_erasures(s.data, s.now, s.zone),
    lambda s: house_health.of_disk(s.data),
    lambda s: house_health.of_unfinished(s.data, s.now),
    lambda s: house_health.of_quarantine(s.data, s.config.retention.quarantine_days),
    lambda s: house_health.of_retention(s.data),
    lambda s: schedule.findings(s.data, s.now, s.zone),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that `status` shows."""

    checked_at: datetime
    findings: list[Finding]
    asks: tuple[source_health.Ask, ...]
    last_run: Run | None
    """The newest refresh that is no sample's, else the newest refresh."""
    running: Run | None
    published: dict[str, Any] | None
    """path, revision, published_at, model_version, apps, sample_apps, reviews, redactions, rejected_rows."""
    waiting: int
    """Landing files that are not published yet."""
    zone: tzinfo | None = field(default=None)

    @property
    def needs_a_person(self) -> bool:
        """Whether anything waits for a person."""
        return needs_a_person(self.findings)


def report(
    data: Path,
    config: Config,
    now: datetime,
    *,
    zone: tzinfo | None = None,
    probes: tuple[Probe, ...] = PROBES,
) -> Report:
    """Look at everything. No store is asked and nothing is changed."""
    runs = tuple(latest(data, _RUNS, now))
    scene = Scene(
        data=data, config=config, now=now, zone=zone, asks=tuple(_asks(data, config, now)), runs=runs
    )
    published, found = _published(data)
    for probe in probes:
        found += _probed(probe, scene)
    landed = _landed(Landing(data))
    refreshes = [r for r in runs if r.kind == "refresh" and not r.is_alive]
    return Report(
        checked_at=now, findings=worst_first(found), asks=scene.asks, published=published,
        last_run=next((r for r in refreshes if not r.is_sample), refreshes[0] if refreshes else None),
        running=next((r for r in runs if r.is_alive), None),
        waiting=max(0, landed - (published["landing_files"] if published else 0)), zone=zone,
    )  # fmt: skip


def _probed(probe: Probe, scene: Scene) -> list[Finding]:
    """What a probe finds; that it cannot look is a finding itself, and hides no other."""
    try:
        return probe(scene)
    except (HoshiyomiError, WarehouseError) as error:
        said, _, remedy = str(error).partition(" Remedy: ")
        return [
            Finding(
                severity="act", about="cannot_look", what=said,
                remedy=remedy or "`hoshiyomi mend --dry-run`, which names each harmed file with its remedy.",
            )
        ]  # fmt: skip


def _published(data: Path) -> tuple[dict[str, Any] | None, list[Finding]]:
    try:
        path = current(data)
        check_whole(path)
        (facts,) = rows(path, "status")
    except (NothingPublished, PublicationDamaged) as error:
        said, _, remedy = str(error).partition(" Remedy: ")
        about = "nothing_published" if isinstance(error, NothingPublished) else "publication_damaged"
        return None, [Finding(severity="act", about=about, what=said, remedy=remedy)]
    return {"path": str(path)} | facts, []


def _asks(data: Path, config: Config, now: datetime) -> Iterator[source_health.Ask]:
    """What is configured to be asked, and what became of it."""
    client, landing = StoreClient(), Landing(data)
    try:
        for route in routes(config, client, now):
            ask, key = route.ask, ask_key(route.source.name, route.ask)
            yield source_health.Ask(
                app=route.app, source=route.source.name, store=ask.store, store_app_id=ask.store_app_id,
                asked_for=ask.what, place=route.place, every=config.collect.every.of(route.source.name),
                attempt=attempts.read(data, key) or attempts.from_coverage(landing, key),
            )  # fmt: skip
    finally:
        client.close()


def _landed(landing: Landing) -> int:
    """How many files were landed; merged ones count as those for which they stand."""
    names = [path.split("/") for kind in KINDS for path in landing.files(kind)]
    replaced = landing.replaced(
        {batch for _, batch, _ in names if batch.startswith(COMPACT) and landing.is_finished(batch)}
    )
    return sum(
        stands_for(part.removesuffix(".jsonl.gz")) for _, batch, part in names if batch not in replaced
    )
