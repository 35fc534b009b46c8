"""Figures for Prometheus: the last run by stage, what is published, what needs a person.

Made anew at each question from the records of runs (`flows.health.runs`) and from `status`: no process
of ours has to live through the night for it. Units are base units (seconds, bytes), as Prometheus wants them.
No label names a person; `about` and `stage` are words of ours.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector

from flows.config.load import Config
from flows.health.runs import Run, latest
from flows.health.status import Report, report
from flows.privacy import backups
from warehouse.private import make_folder, write_atomically

_RUNS = 100
_FOR_OTHERS = 0o644
"""node_exporter is another user; nothing in the file is private."""


def exposition(config: Config, now: datetime) -> bytes:
    """Everything in Prometheus' text format."""
    registry = CollectorRegistry()
    registry.register(_Once(list(families(report(config.data, config, now), config.data, now))))
    return generate_latest(registry)


def write_textfile(config: Config, path: Path, now: datetime) -> None:
    """Replace a file for node_exporter, which reads the old one or the new one."""
    make_folder(path.parent)
    write_atomically(path, exposition(config, now), mode=_FOR_OTHERS)


class _Once(Collector):
    """What was worked out already."""

    def __init__(self, found: list[Metric]) -> None:
        self._found = found

    def collect(self) -> Iterator[Metric]:
        yield from self._found


def families(seen: Report, data: Path, now: datetime) -> Iterator[Metric]:
    """The figures, a family a name."""
    runs = [r for r in latest(data, _RUNS, now) if r.kind == "refresh"]
    ended = [r for r in runs if not r.is_alive]
    yield _one("run_is_running", "Whether a refresh works now.", float(any(r.is_alive for r in runs)))
    outcomes = Counter(r.outcome or "killed" for r in ended)
    yield _many("runs", f"How the last {_RUNS} runs ended that are kept.", "outcome", outcomes)
    if ended:
        yield from _of_run(ended[0])
    yield from _of_published(seen)
    severities = Counter((f.severity, f.about) for f in seen.findings)
    found = _family("findings", "What `hoshiyomi status` finds; act needs a person.", ["severity", "about"])
    for (severity, about), count in sorted(severities.items()):
        found.add_metric([severity, about], count)
    yield found
    yield _one("needs_a_person", "Whether anything waits for a person.", float(seen.needs_a_person))
    if data.is_dir():
        yield _one("disk_free_bytes", "Free on the disk of the data folder.", shutil.disk_usage(data).free)
    if there := backups.there(data):
        newest = max(b.made_at for b in there).timestamp()
        yield _one("backup_timestamp_seconds", "When the newest backup was made.", newest)


def _of_run(run: Run) -> Iterator[Metric]:
    yield _one("run_started_timestamp_seconds", "When the last refresh began.", run.started_at.timestamp())
    if run.ended_at is not None:
        yield _one("run_ended_timestamp_seconds", "When the last refresh ended.", run.ended_at.timestamp())
        took = (run.ended_at - run.started_at).total_seconds()
        yield _one("run_seconds", "How long the last refresh took.", took)
    is_well = run.outcome in ("complete", "degraded")
    yield _one("run_success", "Whether the last refresh published (complete or degraded).", float(is_well))
    yield _many("requests", "How the requests of the last refresh ended.", "outcome", Counter(run.asks))
    stages = {str(s["stage"]): s for s in run.stages}
    for name, help_, key, factor in (
        ("stage_seconds", "How long a stage of the last refresh took.", "seconds", 1.0),
        ("stage_rows", "Rows, texts or requests that a stage handled.", "rows", 1.0),
        ("stage_memory_bytes", "The most memory the process had held by a stage's end.", "memory_mb", 1e6),
        ("stage_failed", "Whether a stage of the last refresh was broken off.", "failed", 1.0),
    ):
        found = _family(name, help_, ["stage"])
        for stage, told in stages.items():
            if told[key] is not None:
                found.add_metric([stage], float(told[key]) * factor)
        yield found


def _of_published(seen: Report) -> Iterator[Metric]:
    facts = seen.published
    if facts is None:
        return
    at = facts["published_at"].timestamp()
    yield _one("published_timestamp_seconds", "When the published file was made.", at)
    yield _one("published_revision", "The number of the publication.", facts["revision"])
    yield _one("published_reviews", "Reviews in the published file.", facts["reviews"])
    yield _one("waiting_landing_files", "Landing files that are not published yet.", seen.waiting)


def _family(name: str, help_: str, labels: list[str]) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"hoshiyomi_{name}", help_, labels=labels)


def _one(name: str, help_: str, value: float) -> Metric:
    return GaugeMetricFamily(f"hoshiyomi_{name}", help_, value=value)


def _many(name: str, help_: str, label: str, counts: Counter[str]) -> Metric:
    found = _family(name, help_, [label])
    for key, count in sorted(counts.items()):
        found.add_metric([key], count)
    return found
