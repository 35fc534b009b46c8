"""The flow `collect`, and the same as a stage of `refresh`: every configured request as a Prefect task.

Tasks run in threads, hosts taking turns; one client keeps one rate a host for all of them. What happens to
one request stops no other. What failed for a passing reason is asked again at the end of the run, and goes on
at the page where it stopped.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.futures import PrefectFuture, as_completed
from prefect.task_runners import ThreadPoolTaskRunner

from flows.collection import attempts, sharing
from flows.collection import play_console as exports
from flows.collection.attempts import next_round
from flows.collection.checkpoint import slot_start
from flows.collection.collector import (
    ELSEWHERE,
    Collected,
    RefreshPolicy,
    collect,
    not_the_stores,
    request_key,
)
from flows.collection.registry import Route, backfill, refresh_policy, routes, store_client
from flows.config.load import Config, load_config
from flows.config.tables import nearest
from flows.console import counted, heard, span
from flows.errors import ConfigError, mendable
from flows.health.runs import Run, recorded
from flows.pipeline.rate_limits import prefect_permit
from flows.pipeline.states import (
    Answer,
    RequestFailed,
    Verdict,
    brought,
    of_request,
    of_run,
    started_by_hand,
    verdict,
)
from flows.progress import progress
from flows.redaction.gate import shown
from flows.serving.prefect_api import held_run
from flows.sources.base import Request, Source
from warehouse.landing import Landing

log = logging.getLogger(__name__)
# Enough threads to keep two hosts busy while one of them makes us wait. Prefect types its runners too
# narrowly for its own flow decorator.
RUNNER: Any = ThreadPoolTaskRunner(max_workers=4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What of the configured requests is wanted."""

    app: str | None = None
    apps: tuple[str, ...] = ()
    """Only these, by their keys; none named is all."""
    since: datetime | None = None
    reason: str | None = None


@dataclass(slots=True)
class Gathered:
    """What all requests of a run brought."""

    answers: list[Answer] = field(default_factory=list)

    @property
    def requests(self) -> list[Collected]:
        """How each request ended."""
        return [a.result for a in self.answers]

    def count(self, outcome: str) -> int:
        """How many requests ended so, in this run or, unchanged, in an earlier one of its slot."""
        return sum(c.outcome == outcome for c in self.requests)


def collect_now(wanted: Wanted) -> Gathered:
    """Run the flow in this process, for a person who waits for it and is told its errors."""
    # Prefect keeps a flow's parameters in its database: what a person typed passes the gate before.
    passed = replace(wanted, reason=wanted.reason and shown(wanted.reason))
    with started_by_hand():
        state = collect_flow(passed, return_state=True)
    gathered: Gathered = brought(state)
    return gathered


def _run_name() -> str:
    return f"collect {datetime.now(UTC):%Y-%m-%d %H:%M:%S}"


@flow(
    name="collect", flow_run_name=_run_name, persist_result=False, validate_parameters=False,
    task_runner=RUNNER,
)  # fmt: skip
def collect_flow(wanted: Wanted) -> State[Gathered]:
    """Collect what is configured; loading and showing it is `refresh`."""
    return _collected(wanted)


@flow(
    name="collect-apart", flow_run_name=_run_name, persist_result=False, validate_parameters=False,
    task_runner=RUNNER,
)  # fmt: skip
def collect_apart(apps: Sequence[str] = ()) -> State[Gathered]:
    """The same for a deployment, on whichever machine takes it; what comes is shared (`[scale] landing`)."""
    heard()
    return _collected(Wanted(apps=tuple(apps)))


def _collected(wanted: Wanted) -> State[Gathered]:
    config = load_config()
    Landing(config.data).sweep()
    run_id = f"{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}"
    with held_run(config.data), recorded(config.data, run_id, "collect") as run:
        gathered = gather(config, run_id, wanted)
        judged = noted(run, gathered.answers)
    return of_run(judged, gathered)


def noted(run: Run, answers: Sequence[Answer]) -> Verdict:
    """Put into the run's record how its requests ended, and judge them."""
    judged = verdict(answers)
    run.outcome, run.message = judged.went, judged.message
    ended = [a.result.outcome for a in answers]
    run.asks = {outcome: ended.count(outcome) for outcome in sorted(set(ended))}
    run.failed = [
        {
            "app": a.app, "source": a.source, "store": a.store, "store_app_id": a.store_app_id,
            "asked_for": a.asked_for, "place": a.place, "reason": a.result.reason, "detail": a.result.detail,
        }
        for a in answers
        if a.has_failed
    ]  # fmt: skip
    return judged


def gather(
    config: Config,
    run_id: str,
    wanted: Wanted | None = None,
    *,
    sleep: Callable[[float], None] = time.sleep,
    seen: list[Answer] | None = None,
) -> Gathered:
    """Ask everything that is configured and wanted; to be called in a flow.

    Each answer is put into `seen` when it comes, so that an error that ends the run can name it
    (`flows.pipeline.several`). `sleep` takes the seconds of the pauses before requests are made again.
    """
    wanted = wanted or Wanted()
    client = store_client(config.collect, prefect_permit)
    try:
        found = routes(config, client, datetime.now(UTC), app=wanted.app)
        if wanted.apps:
            found = [route for route in found if route.app in known_apps(config, wanted.apps)]
        if wanted.since is not None:
            found = backfill(found, wanted.since)
        # What a killed run left; then what others have, so that this one goes on where they stopped.
        sharing.ship(config)
        sharing.fetch(config, [request_key(r.source.name, r.request) for r in found])
        note = f"backfill: {wanted.reason}" if wanted.since is not None else None
        requests = _Requests(found, config, run_id, note, [] if seen is None else seen)
        ended = requests.first()
        waited = 0.0
        for number in range(config.collect.retry.rounds):
            again = next_round(ended, number, waited, config.collect.retry)
            if again is None:
                break
            fields = {"requests": counted(len(again.requests), "request"), "wait": span(again.wait)}
            log.info("%(requests)s failed for a passing reason; asked again in %(wait)s", fields)
            sleep(again.wait)
            waited += again.wait
            client.begin_again()
            ended |= requests.once_more(again.requests, number + 1)
        done = Gathered([_answer(found[n], ended[n]) for n in sorted(ended)])
    finally:
        client.close()
    sharing.ship(config)
    if wanted.since is None:
        done.answers += _exports(config, run_id, wanted)
    return done


def known_apps(config: Config, keys: Sequence[str]) -> frozenset[str]:
    """The keys of apps that a run is to ask for. Raises ConfigError for one that apps.toml does not name."""
    known = {a.key for a in config.apps}
    if missing := [key for key in keys if key not in known]:
        raise ConfigError(
            f"A run was to ask for {missing[0]!r}, no app of apps.toml{nearest(missing[0], known)}. "
            "Remedy: a key of apps.toml in the run's parameter `apps` and in [[schedule]] of hoshiyomi.toml; "
            "after a change `hoshiyomi deployments` makes the deployments anew."
        )
    return frozenset(keys)


def _answer(route: Route, result: Collected) -> Answer:
    request = route.request
    return Answer(
        app=route.app, source=route.source.name, store=request.store, store_app_id=request.store_app_id,
        asked_for=request.what, place=route.place, result=result,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Requests:
    """The requests of a run, told apart by their place in `found`."""

    found: Sequence[Route]
    config: Config
    run_id: str
    note: str | None
    seen: list[Answer]

    def first(self) -> dict[int, Collected]:
        """Every request once, but for those whose store has asked to be left alone."""
        now = datetime.now(UTC)
        alone = {}
        for number, route in enumerate(self.found):
            last = attempts.read(self.config.data, request_key(route.source.name, route.request))
            wait = last and last.wait_from(now)
            if wait:
                detail = f"the store asked to be left alone for another {span(wait)}"
                alone[number] = Collected(
                    "", 0, "failed", False, "blocked", detail, is_passing=True, wait=wait
                )
                log.info("not asked: %(request)s", {"request": _told(route, alone[number], self.config)})
        return alone | self._submit([n for n in range(len(self.found)) if n not in alone], "")

    def once_more(self, numbers: Sequence[int], round_: int) -> Mapping[int, Collected]:
        """Some of them again."""
        return self._submit(numbers, f"-again-{round_}")

    def _submit(self, numbers: Sequence[int], suffix: str) -> dict[int, Collected]:
        landing = Landing(self.config.data)
        futures: dict[PrefectFuture[Any], int] = {}
        for number in numbers:
            route = self.found[number]
            name = f"collect-{route.source.name}-{route.request.store_app_id}-{route.place}{suffix}"
            policy = refresh_policy(self.config.collect, route.source.name)
            run = collect_one.with_options(task_run_name=name)
            futures[run.submit(route.source, route.request, landing, self.run_id, policy, self.note)] = number
        ended = {}
        with progress("collected", len(numbers), "requests") as steps:
            for place, future in enumerate(as_completed(list(futures)), start=1):
                number = futures[future]
                ended[number] = _result(future)
                self.seen.append(_answer(self.found[number], ended[number]))
                told = _told(self.found[number], ended[number], self.config)
                fields = {"number": place, "of": len(numbers), "request": told}
                log.info("collected %(number)s/%(of)s: %(request)s", fields)
                steps.advance()
        for future in futures:
            fault = future.result(raise_on_failure=False)
            if isinstance(fault, OSError):
                # A full disk is no store's failure: every request would end so.
                raise mendable(fault) or fault
        return ended


def _result(future: PrefectFuture[Any]) -> Collected:
    result = future.result(raise_on_failure=False)
    if isinstance(result, RequestFailed):
        return result.collected
    if isinstance(result, Collected):
        return result
    # The others go on.
    return not_the_stores(result)


@task(name="collect", cache_policy=NO_CACHE)
def collect_one(
    source: Source,
    request: Request,
    landing: Landing,
    run_id: str,
    policy: RefreshPolicy | None,
    note: str | None,
) -> State[Collected]:
    """Ask one store once and land what came."""
    return of_request(
        collect(source, request, landing, run_id=run_id, is_sample=False, policy=policy, note=note)
    )


def _exports(config: Config, run_id: str, wanted: Wanted) -> list[Answer]:
    done = []
    for a in config.apps:
        is_wanted = wanted.app in (None, a.key) and (not wanted.apps or a.key in wanted.apps)
        for entry in a.stores:
            if entry.console_exports is None or not is_wanted:
                continue
            name = f"collect-play-console-{entry.id}"
            taken = take_exports.with_options(task_run_name=name)(
                entry.console_exports, entry.id, config.data, run_id
            )
            for result in taken:
                fields = {"app": entry.id, "detail": result.detail}
                log.info("Play Console export of %(app)s: %(detail)s", fields)
            done += [
                Answer(
                    app=a.key, source="play_console_exports", store=entry.store, store_app_id=entry.id,
                    asked_for="files", place="all", result=result,
                )
                for result in taken
            ]  # fmt: skip
    return done


@task(name="play-console", cache_policy=NO_CACHE)
def take_exports(folder: Path, app_id: str, data: Path, run_id: str) -> list[Collected]:
    """Take in what is new or rewritten in a folder of bulk exports."""
    return exports.take(folder, app_id, Landing(data), run_id=run_id)


def _told(route: Route, result: Collected, config: Config) -> str:
    what = "displayed score" if route.request.what == "snapshots" else route.request.what
    where = f"{route.request.store} {route.request.store_app_id}, {what}, {route.place}"
    if result.outcome == ELSEWHERE:
        return f"{where}: another process is at it"
    if result.done_before:
        every = config.collect.interval(route.source.name)
        since = slot_start(route.request.now, every)
        return f"{where}: done in this slot, since {since:%Y-%m-%d %H:%M} UTC ({result.outcome})"
    detail = f" ({result.detail})" if result.detail else ""
    got = f", {counted(result.got, 'review')}" if route.request.what == "reviews" else ""
    return f"{where}: {result.outcome}, {result.reason}{got}{detail}"
