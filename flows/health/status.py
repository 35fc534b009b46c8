"""`hoshiyomi status`: how every source is, what the last run did, what waits, and what needs a person.

The report is a list of findings and the facts behind it, shown to people and to monitors. A finding comes
from a probe: a function that looks at one thing. Whoever knows of another thing that can go wrong adds a
probe to PROBES.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

import orjson

from flows.alerts import health as alert_health
from flows.collection import attempts
from flows.collection.collector import request_key
from flows.collection.registry import routes
from flows.config.load import Config
from flows.console import aligned, counted, span
from flows.errors import HoshiyomiError
from flows.health import findings as folder_health
from flows.health import sources as source_health
from flows.health.findings import Finding, moment, needs_a_person, worst_first
from flows.health.runs import Run, latest
from flows.health.sources import Request, by_source, worst
from flows.serving import schedule
from flows.sources.http import StoreClient
from warehouse.errors import NothingPublished, PublicationDamaged, WarehouseError
from warehouse.landing import Landing
from warehouse.manifest import COMPACT, stands_for
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
    requests: tuple[source_health.Request, ...]
    runs: tuple[Run, ...]
    """The last runs, newest first."""


Probe = Callable[[Scene], list[Finding]]
PROBES: tuple[Probe, ...] = (
    lambda s: source_health.findings(s.requests, s.now, s.zone),
    lambda s: folder_health.of_runs(s.runs, s.zone),
    lambda s: folder_health.of_erasures(s.data, s.now, s.zone),
    lambda s: folder_health.of_disk(s.data),
    lambda s: folder_health.of_unfinished(s.data, s.now),
    lambda s: folder_health.of_quarantine(s.data, s.config.retention.quarantine_days),
    lambda s: folder_health.of_retention(s.data),
    lambda s: schedule.findings(s.data, s.now, s.zone),
    lambda s: folder_health.of_old_backups(s.data, s.now),
    lambda s: alert_health.findings(s.data, s.config, s.now, s.zone),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that `status` shows."""

    checked_at: datetime
    findings: list[Finding]
    requests: tuple[source_health.Request, ...]
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
    scene = scene_of(data, config, now, zone)
    runs = scene.runs
    published, found = _published(data)
    found += probed(scene, probes)
    landed = _landed(Landing(data))
    refreshes = [r for r in runs if r.kind == "refresh" and not r.is_alive]
    return Report(
        checked_at=now, findings=worst_first(found), requests=scene.requests, published=published,
        last_run=next((r for r in refreshes if not r.is_sample), refreshes[0] if refreshes else None),
        running=next((r for r in runs if r.is_alive), None),
        waiting=max(0, landed - (published["landing_files"] if published else 0)), zone=zone,
    )  # fmt: skip


def scene_of(
    data: Path, config: Config, now: datetime, zone: tzinfo | None = None, *, with_sources: bool = True
) -> Scene:
    """What probes look at, as it is now; without the sources where nobody asks for them."""
    return Scene(
        data=data, config=config, now=now, zone=zone,
        requests=tuple(_requests(data, config, now)) if with_sources else (),
        runs=tuple(latest(data, _RUNS, now)),
    )  # fmt: skip


def probed(scene: Scene, probes: tuple[Probe, ...] = PROBES) -> list[Finding]:
    """What all probes find; the published file is not read."""
    return [finding for probe in probes for finding in _probed(probe, scene)]


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


def _requests(data: Path, config: Config, now: datetime) -> Iterator[source_health.Request]:
    """What is configured to be asked, and what became of it."""
    client, landing = StoreClient(), Landing(data)
    try:
        for route in routes(config, client, now):
            request, key = route.request, request_key(route.source.name, route.request)
            yield source_health.Request(
                app=route.app, source=route.source.name,
                store=request.store, store_app_id=request.store_app_id,
                asked_for=request.what, place=route.place, every=config.collect.interval(route.source.name),
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


VERSION = 1
"""Of the JSON document: it changes when a key changes its meaning or goes."""
_HEADS = {"act": "Needs a person", "watch": "To watch"}


def lines(report: Report) -> Iterator[str]:
    """The report for people: what needs a person on top, a line an app and source, then the rest in short."""
    if not report.findings:
        yield "All is well."
    for severity, head in _HEADS.items():
        found = [f for f in report.findings if f.severity == severity]
        if found:
            yield head
        for finding in found:
            yield from _told(finding)
    table = [
        _row(app, source, requests, report) for (app, source), requests in by_source(report.requests).items()
    ]
    if table:
        yield ""
        yield from aligned(table)
    facts = list(_facts(report))
    if facts:
        yield ""
        yield from aligned(facts)


def _told(finding: Finding) -> Iterator[str]:
    yield f"  {'!' if finding.severity == 'act' else '-'} {finding.what}"
    yield f"    Remedy: {finding.remedy}"


def _row(app: str, source: str, requests: list[Request], report: Report) -> list[str]:
    now = report.checked_at
    successes = [a.attempt.last_success_at for a in requests if a.attempt and a.attempt.last_success_at]
    # The place that has been silent for longest speaks for the source.
    oldest = min(successes, default=None)
    success = f"{moment(oldest, report.zone)} ({_ago(oldest, now)})" if oldest else "never"
    return [
        app,
        source,
        worst(requests, now),
        f"last success {success}",
        f"every {_every(requests[0].every)}",
    ]


def _facts(report: Report) -> Iterator[list[str]]:
    facts = report.published
    if facts:
        when = moment(facts["published_at"], report.zone)
        sample = f" ({facts['sample_apps']} sample data)" if facts["sample_apps"] else ""
        aside = f", {counted(facts['rejected_rows'], 'row')} put aside" if facts["rejected_rows"] else ""
        yield [
            "published",
            f"revision {facts['revision']} of {when}: {counted(facts['reviews'], 'review')}, "
            f"{counted(facts['apps'], 'app')}{sample}{aside}",
        ]
    if report.waiting:
        yield ["waiting", f"{counted(report.waiting, 'landing file')} not yet published"]
    if report.last_run:
        yield ["last refresh", _run(report.last_run, report)]
    if report.running:
        yield ["running", f"{report.running.kind}, since {moment(report.running.started_at, report.zone)}"]


def _run(run: Run, report: Report) -> str:
    when = f"{moment(run.started_at, report.zone)} ({_ago(run.started_at, report.checked_at)})"
    if run.ended_at is None:
        return f"{when}, killed before its end"
    took = span((run.ended_at - run.started_at).total_seconds())
    outcomes = ", ".join(f"{n} {outcome}" for outcome, n in run.asks.items())
    return f"{when}, {run.outcome}, took {took}" + (f"; requests: {outcomes}" if outcomes else "")


def _ago(when: datetime, now: datetime) -> str:
    return f"{span((now - when).total_seconds())} ago"


def _every(every: timedelta) -> str:
    return "day" if every == timedelta(days=1) else span(every.total_seconds())


def as_json(report: Report) -> str:
    """The report for monitors: times in UTC, spans in seconds, keys that stay (docs/commands.md)."""
    run = report.last_run
    document = {
        "version": VERSION,
        "checked_at": report.checked_at,
        "needs_a_person": report.needs_a_person,
        "findings": report.findings,
        "sources": [_request(a, report.checked_at) for a in report.requests],
        "last_refresh": None if run is None else run,
        "is_running": report.running is not None,
        "published": report.published,
        "waiting_files": report.waiting,
    }
    return orjson.dumps(document, option=orjson.OPT_UTC_Z | orjson.OPT_INDENT_2).decode()


def _request(request: Request, now: datetime) -> dict[str, Any]:
    attempt, silent = request.attempt, request.silent_for(now)
    return {
        "app": request.app,
        "source": request.source,
        "store": request.store,
        "store_app_id": request.store_app_id,
        "asked_for": request.asked_for,
        "place": request.place,
        "state": request.state(now).replace(" ", "_"),
        "every_s": request.every.total_seconds(),
        "silent_s": None if silent is None else silent.total_seconds(),
        "is_late": request.is_late(now),
        "last_success_at": attempt and attempt.last_success_at,
        "last_attempt_at": attempt and attempt.last_at,
        "outcome": attempt and attempt.outcome,
        "reason": attempt and attempt.reason,
        "detail": attempt and attempt.detail,
        "failed_in_a_row": attempt.failed_in_a_row if attempt else 0,
    }
