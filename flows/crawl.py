"""The flow `collect`, and the same as a stage of `refresh`: every configured ask as a Prefect task.

Tasks run in threads, hosts taking turns; one client keeps one rate a host for all of them. What happens to
one ask stops no other.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.futures import PrefectFuture, as_completed
from prefect.task_runners import ThreadPoolTaskRunner

from flows import exports
from flows.collect import ELSEWHERE, Collected, Habits, collect
from flows.config import Config, load_config
from flows.counted import counted
from flows.politeness import prefect_permit
from flows.routes import Route, backfill, habits, routes, store_client
from flows.sources.contract import Ask, Source
from flows.sources.gate import shown
from warehouse.landing import Landing

Say = Callable[[str], None]
# Enough threads to keep two hosts busy while one of them makes us wait. Prefect types its runners too
# narrowly for its own flow decorator.
RUNNER: Any = ThreadPoolTaskRunner(max_workers=4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What of the configured asks is wanted."""

    app: str | None = None
    since: datetime | None = None
    reason: str | None = None


@dataclass(slots=True)
class Gathered:
    """What all asks of a run brought."""

    asks: list[Collected] = field(default_factory=list)

    def count(self, outcome: str) -> int:
        """How many asks ended so, in this run or, unchanged, in an earlier one of today."""
        return sum(c.outcome == outcome for c in self.asks)


_SILENT: Say = lambda _line: None  # noqa: E731
_listener = threading.local()


def collect_now(wanted: Wanted, *, say: Say) -> Gathered:
    """Run the flow in this process and tell `say` what happens, line by line."""
    _listener.say = say
    # Prefect keeps a flow's parameters in its database: what a person typed passes the gate before.
    return collect_flow(replace(wanted, reason=wanted.reason and shown(wanted.reason)))


def _run_name() -> str:
    return f"collect {datetime.now(UTC):%Y-%m-%d %H:%M:%S}"


@flow(
    name="collect", flow_run_name=_run_name, persist_result=False, validate_parameters=False,
    task_runner=RUNNER,
)  # fmt: skip
def collect_flow(wanted: Wanted) -> Gathered:
    """Collect what is configured; loading and showing it is `refresh`."""
    config = load_config()
    Landing(config.data).sweep()
    run_id = f"{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}"
    return gather(config, run_id, getattr(_listener, "say", _SILENT), wanted)


def gather(config: Config, run_id: str, say: Say, wanted: Wanted | None = None) -> Gathered:
    """Ask everything that is configured and wanted; to be called in a flow."""
    wanted = wanted or Wanted()
    client = store_client(config.collect, prefect_permit)
    try:
        found = routes(config, client, datetime.now(UTC), app=wanted.app)
        if wanted.since is not None:
            found = backfill(found, wanted.since)
        note = f"backfill: {wanted.reason}" if wanted.since is not None else None
        done = Gathered(_gather_all(found, config, run_id, say, note))
    finally:
        client.close()
    if wanted.since is None:
        done.asks += _exports(config, run_id, say, wanted.app)
    return done


def _gather_all(
    found: Sequence[Route], config: Config, run_id: str, say: Say, note: str | None
) -> list[Collected]:
    landing, how = Landing(config.data), habits(config.collect)
    futures: dict[PrefectFuture[Collected], Route] = {}
    for route in found:
        ask = route.ask
        name = f"collect-{route.source.name}-{ask.store_app_id}-{route.place}"
        run = collect_one.with_options(task_run_name=name)
        futures[run.submit(route.source, ask, landing, run_id, how, note)] = route
    done = []
    for number, future in enumerate(as_completed(list(futures)), start=1):
        route = futures[future]
        result = future.result(raise_on_failure=False)
        if not isinstance(result, Collected):
            # Our own fault, not the store's: the others go on, this one is told with its error's kind.
            result = Collected("", 0, "failed", reason="error", detail=type(result).__name__)
        say(f"collected {number}/{len(found)}: {_told(route, result)}")
        done.append(result)
    return done


@task(name="collect", cache_policy=NO_CACHE)
def collect_one(
    source: Source, ask: Ask, landing: Landing, run_id: str, how: Habits | None, note: str | None
) -> Collected:
    """Ask one store once and land what came."""
    return collect(source, ask, landing, run_id=run_id, is_sample=False, habits=how, note=note)


def _exports(config: Config, run_id: str, say: Say, app: str | None) -> list[Collected]:
    done = []
    for a in config.apps:
        for entry in a.stores:
            if entry.console_exports is None or app not in (None, a.key):
                continue
            name = f"collect-play-console-{entry.id}"
            taken = take_exports.with_options(task_run_name=name)(
                entry.console_exports, entry.id, config.data, run_id
            )
            for result in taken:
                say(f"Play Console export of {entry.id}: {result.detail}")
            done += taken
    return done


@task(name="play-console", cache_policy=NO_CACHE)
def take_exports(folder: Path, app_id: str, data: Path, run_id: str) -> list[Collected]:
    """Take in what is new or rewritten in a folder of bulk exports."""
    return exports.take(folder, app_id, Landing(data), run_id=run_id)


def _told(route: Route, result: Collected) -> str:
    what = "displayed score" if route.ask.what == "snapshots" else route.ask.what
    where = f"{route.ask.store} {route.ask.store_app_id}, {what}, {route.place}"
    if result.outcome == ELSEWHERE:
        return f"{where}: another process is at it"
    if result.done_before:
        return f"{where}: done today ({result.outcome})"
    detail = f" ({result.detail})" if result.detail else ""
    got = f", {counted(result.got, 'review')}" if route.ask.what == "reviews" else ""
    return f"{where}: {result.outcome}, {result.reason}{got}{detail}"
