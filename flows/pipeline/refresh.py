"""The flow `refresh`: collect -> load -> erase -> classify -> analyse -> marts -> checks -> publish.

Every task is repeatable and leaves what is done as it is, so a run that was killed is resumed by running
again, and a run that finds nothing new publishes nothing. A task is a request, a partition or a stage,
never a review: Prefect's database grows with every task run.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from prefect import State, flow, task
from prefect.cache_policies import NO_CACHE
from prefect.runtime import flow_run
from prefect.states import Completed

from flows.alerts.now import tell_at_the_end
from flows.collection import sharing
from flows.collection.collector import Collected, collect
from flows.config.load import Config, data_folder, load_config
from flows.console import counted, heard
from flows.health.runs import Run, Stage, latest, recorded
from flows.lock import RefreshRunning, refresh_lock
from flows.pipeline import classify as classifying
from flows.pipeline import publish as publishing
from flows.pipeline import standstill
from flows.pipeline.artifacts import (
    coverage_table,
    movement_table,
    progress_artifacts,
    run_name,
    summary,
)
from flows.pipeline.collect_stores import RUNNER, Wanted, gather, noted
from flows.pipeline.forget_import import finish_forgetting, last_taken_back
from flows.pipeline.sample_data import refuse_beside_real
from flows.pipeline.several import told_together, with_channels
from flows.pipeline.standstill import standing
from flows.pipeline.states import Answer, Verdict, brought, of_run, started_by_hand
from flows.privacy.backups import expire as expire_backups
from flows.privacy.backups import tell as tell_backups
from flows.privacy.clock import believe, utc_now
from flows.privacy.erasure import finish, sweep
from flows.privacy.retention import enforce
from flows.progress import MEGABYTE, counting, progress
from flows.repair import restore_if_fresh
from flows.reports.due import send_if_due
from flows.serving.prefect_api import held_run
from flows.sources.base import Request
from flows.sources.sample_store.source import SampleStore
from warehouse.compaction import compact as merging
from warehouse.landing import Landing
from warehouse.publish import Publication
from warehouse.reads import current
from warehouse.rebuild import forget_aside
from warehouse.schema import Finding
from warehouse.writes import AppRow, Loaded, TopicRow, writer

if TYPE_CHECKING:
    from models.text.hub import Model

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Refreshed:
    """What a run did."""

    publication: Publication
    collected: list[Collected] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    """Of the configured requests."""
    loaded: Loaded = field(default_factory=Loaded)
    classified: int = 0
    model_version: str = ""
    findings: list[Finding] = field(default_factory=list)


def refresh_now(*, sample: bool = False, collecting: bool = True, audit_seed: int | None = None) -> Refreshed:
    """Run the flow in this process, for a person who waits for it and is told its errors."""
    # Asked here first, so that a person who starts a second run reads one line and no traceback.
    with refresh_lock(data_folder()):
        pass
    with started_by_hand():
        state = refresh(sample=sample, collecting=collecting, audit_seed=audit_seed, return_state=True)
    done: Refreshed | None = brought(state)
    if not isinstance(done, Refreshed):
        raise RefreshRunning("Another refresh began at the same moment. Remedy: wait for it to end.")
    return done


def _run_name() -> str:
    """Prefect's screen lists runs by this name."""
    given = flow_run.parameters or {}
    now = utc_now()
    ended = [r for r in latest(data_folder(), 20, now) if r.kind == "refresh" and r.ended_at and r.revision]
    since = (now - ended[0].started_at).total_seconds() if ended else None
    return run_name("refresh", ["sample data"] if given.get("sample") else given.get("apps") or (), since)


@flow(
    name="refresh", flow_run_name=_run_name, persist_result=False, validate_parameters=False,
    task_runner=RUNNER,
)  # fmt: skip
def refresh(
    sample: bool = False,
    collecting: bool = True,
    audit_seed: int | None = None,
    apps: Sequence[str] = (),
) -> State[Refreshed | None]:
    """One whole run. With `apps` (keys of apps.toml) only their stores are asked. With `sample` the sample
    store is asked, labelled wherever it is shown, and no other.

    Without `collecting` no store is asked; with `audit_seed` the statistics are audited on this data, too.
    What was collected is published, whatever else failed; the state tells of the requests
    (`flows.pipeline.states`).
    A run that meets another one ends at once as Skipped. Raises SampleBesideReal.
    """
    heard()
    config = load_config()
    if sample:
        refuse_beside_real(config.data)
    with held_run(config.data), progress_artifacts():
        try:
            state = _whole_run(config, sample, collecting, audit_seed, tuple(apps))
        except RefreshRunning as busy:
            return Completed(name="Skipped", message=str(busy))
        except Exception as error:
            # After the run's record is closed: what ended it is told, and whom that did not reach is named.
            tell_at_the_end(utc_now())
            told = with_channels(error, config)
            if told is error:
                raise
            raise told from error
        if not sample:
            tell_at_the_end(utc_now())
            send_if_due(config, utc_now())
        return state


def _whole_run(
    config: Config, sample: bool, collecting: bool, audit_seed: int | None, apps: tuple[str, ...]
) -> State[Refreshed | None]:
    run_id = f"{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}"
    answers: list[Answer] = []
    # Whatever is asked for besides is done.
    is_plain = collecting and not sample and audit_seed is None and not apps
    with (
        refresh_lock(config.data),
        recorded(config.data, run_id, "refresh", is_sample=sample) as run,
        told_together(config, answers),
    ):
        # Before anything is changed; a scheduled run that meets a wrong clock ends failed.
        believe(config.data, utc_now(), config.retention.clock_jump_days, confirmed=False)
        sharing.fetch(config)
        if is_plain and (unchanged := standing(config, utc_now())) is not None:
            unchanged.note(run)
            there = Publication(current(config.data), unchanged.revision, is_new=False)
            return of_run(Verdict(went="complete", message=run.message or ""), Refreshed(there))
        standstill.unsettle(config.data)
        Landing(config.data).sweep()
        finish_forgetting(config.data, utc_now())
        restore_if_fresh(config.data, last_taken_back(config.data))
        with run.stage("collect") as stage:
            collected = _collect_all(config, run_id, sample, apps, answers) if collecting else []
            stage.rows = len(collected)
        judged = noted(run, answers)
        # What other machines shared while this one collected.
        sharing.fetch(config)
        # Before loading: what is landed from here on is the next run's.
        seen = standstill.look(config)
        # Plain calls, no tasks: what is erased is no parameter of anything that Prefect keeps.
        erasing = sweep(config.data, utc_now())
        with run.stage("load") as stage:
            loaded = load(config)
            stage.rows = sum(loaded.rows.values())
        # Asked once more: collecting takes hours, in which a clock may jump, too.
        now = utc_now()
        known = believe(config.data, now, config.retention.clock_jump_days, confirmed=False)
        with run.stage("erase"):
            erasing = enforce(config, erasing, now, known)
        with run.stage("classify") as stage:
            classified = _classify_all(config, run, stage)
            detect_languages(config.data)
        with run.stage("analyse"):
            analyse(config)
        if audit_seed is not None:
            with run.stage("audit"):
                audit(config, audit_seed)
        findings: list[Finding] = []
        with run.stage("marts"):
            if publishing.is_publication_due(config.data):
                log.info("building marts")
                marts(config.data)
                findings = checks(config.data)
        with run.stage("publish"):
            publication = publish(config)
            finish(config.data, erasing, publication.revision, utc_now())
        run.revision = publication.revision
        run.warnings = [{"check": f.check, "count": f.count, "says": f.says} for f in findings]
        compact(config)
        expire_backups(config.data, now)
        tell_backups(config.data, now)
        forget_aside(config.data)
        if is_plain and classified.is_whole and all(a.result.outcome == "complete" for a in answers):
            standstill.settle(config, seen, publication.revision, now)
        coverage_table(answers)
        if publication.is_new:
            movement_table(publication.path)
        summary(run, publication.path, config.dashboard.url, apps)
    done = Refreshed(
        publication, collected, answers, loaded, classified.texts, classified.model_version, findings
    )
    return of_run(judged, done)


def _collect_all(
    config: Config, run_id: str, sample: bool, apps: tuple[str, ...], answers: list[Answer]
) -> list[Collected]:
    """Ask everything that is wanted; `answers` is filled with how each configured request ended."""
    if not sample:
        gathered = gather(config, run_id, Wanted(apps=apps), seen=answers)
        # What was asked again counts as it ended.
        answers[:] = gathered.answers
        return gathered.requests
    store = _sample_store(config.data)
    requests = store.requests(datetime.now(UTC))
    collected = []
    for number, request in enumerate(requests, start=1):
        where = request.language or request.country or "-"
        fields = {"number": number, "of": len(requests), "store": request.store, "place": where}
        log.info("collecting %(number)s/%(of)s: sample data, %(store)s, %(place)s", fields)
        name = f"collect-sample-{request.store}-{where}"
        run = collect_sample.with_options(task_run_name=name)
        collected.append(run(store, request, Landing(config.data), run_id))
    return collected


def _sample_store(data: Path) -> SampleStore:
    """The sample store as this data folder knows it: its story goes on where it was begun."""
    return SampleStore(Landing(data).whole_batches())


@task(name="collect-sample", cache_policy=NO_CACHE)
def collect_sample(store: SampleStore, request: Request, landing: Landing, run_id: str) -> Collected:
    """Ask the sample store once and land what came."""
    return collect(store, request, landing, run_id=run_id, is_sample=True)


@task(name="load", cache_policy=NO_CACHE)
def load(config: Config) -> Loaded:
    """Take new landing files into the core tables, and the configuration with them."""
    with writer(config.data) as w:
        w.set_apps(_app_rows(config))
        w.set_topics(
            [
                TopicRow(
                    position=n, topic=t.key, label_en=t.label_en, label_ja=t.label_ja, lens=t.lens,
                    owner=t.owner,
                )
                for n, t in enumerate(config.topics)
            ]
        )  # fmt: skip
        with counting("loaded", "MB of landing files", a_unit=MEGABYTE, is_news=False) as told:
            loaded = w.load(utc_now(), told=told)
    rows = loaded.rows.get("reviews", 0)
    if loaded.missing:
        log.warning(
            "%(files)s that had been loaded are gone: a rebuild would lose their rows; "
            "`hoshiyomi mend --dry-run` names them and their remedies",
            {"files": counted(len(loaded.missing), "landing file")},
        )
    files = counted(sum(loaded.files.values()), "landing file")
    log.info("loaded %(files)s, %(rows)s of reviews", {"files": files, "rows": counted(rows, "sighting")})
    return loaded


def compact(config: Config) -> None:
    """Merge the small batches of the intake, once everything that was loaded is published and erased."""
    with writer(config.data) as w:
        done = merging(w, datetime.now(UTC))
    if done.batches:
        merged = {"batches": counted(done.batches, "landing batch", "landing batches"), "into": done.into}
        log.info("merged %(batches)s of the intake into %(into)s", merged)


def _app_rows(config: Config) -> list[AppRow]:
    """The configured apps and the sample app, which appears only where it was collected."""
    named = [(a.key, a.name, a.owner, s.store, s.id) for a in config.apps for s in a.stores]
    sample = []
    if any(batch.startswith(SampleStore.name) for batch in Landing(config.data).whole_batches()):
        app = _sample_store(config.data).app(datetime.now(UTC))
        sample = [(app.key, app.name, app.owner, store, store_app_id) for store, store_app_id in app.stores]
    return [
        AppRow(app=key, name=name, owner=owner, store=store, store_app_id=store_app_id)
        for key, name, owner, store, store_app_id in (*named, *sample)
    ]


REREAD_S = 600.0
"""So long a run lets a coming model read history."""


@dataclass(frozen=True, slots=True)
class _Classified:
    texts: int
    model_version: str
    is_whole: bool
    """Whether the configured model has read everything."""


def _classify_all(config: Config, run: Run, stage: Stage) -> _Classified:
    from models.text.hub import load_model

    labels = {t.key: t.label_en for t in config.topics}
    model = load_model(config.model, labels)
    found = classifying.announce(config.data, model)
    stage.rows = 0
    if found.total:
        fields = {"texts": counted(found.total, "text"), "model": model.model_version}
        log.info("classifying %(texts)s with %(model)s", fields)
    until = None if found.before is None else time.monotonic() + REREAD_S

    def is_over() -> bool:
        return until is not None and time.monotonic() > until

    with progress("classified", found.total, "texts") as steps:

        def told(count: int) -> None:
            steps.advance(count)
            stage.rows = steps.done
            run.tell_reading(model.model_version, steps.done, found.total, found.before)

        if config.scale.work != "here" and found.total:
            # Dask and Ray are no part of the default, nor of its start.
            from flows.pipeline.classify_apart import Reader, classify_apart

            reader = Reader.of(config.model, labels, model.model_version)
            classify_apart(config.data, config.scale, reader, told=told, is_over=is_over)
        else:
            for texts in classifying.partitions(config.data, model.model_version):
                name = f"classify-{steps.done:,}-{steps.done + len(texts):,}"
                classify.with_options(task_run_name=name)(model, config.data, texts)
                told(len(texts))
                if is_over():
                    break
    left = max(found.total - steps.done, 0)
    if found.before is not None and not left:
        # Everything is read by now: this makes it the serving one.
        found = classifying.announce(config.data, model)
    if found.before is None:
        run.reading = None
        return _Classified(steps.done, model.model_version, is_whole=True)
    log.info(
        "%(model)s has %(left)s still to read and goes on with the next run; until then %(before)s serves",
        {"model": model.model_version, "left": counted(left, "text"), "before": found.before},
    )
    return _Classified(steps.done, found.before, is_whole=False)


@task(name="classify", cache_policy=NO_CACHE)
def classify(model: Model, data: Path, texts: list[classifying.Text]) -> None:
    """Read one partition of texts and keep what the model said."""
    classifying.store(data, model.model_version, classifying.predict(model, texts))


@task(name="detect-languages", cache_policy=NO_CACHE)
def detect_languages(data: Path) -> int:
    """Tell the language of texts of reviews that are new."""
    return classifying.detect_languages(data)


@task(name="analyse", cache_policy=NO_CACHE)
def analyse(config: Config) -> bool:
    """Work out series, change points, release impact and the rest; nothing when nothing changed."""
    # numpy and scipy are not needed by a run that collects only
    from flows.pipeline.analyse import analyse_now

    return analyse_now(config)


@task(name="audit", cache_policy=NO_CACHE)
def audit(config: Config, seed: int) -> None:
    """Measure false alarms, power and coverage of the analysis on this data."""
    from flows.pipeline.audit import audit_now

    audit_now(config, seed)


@task(name="marts", cache_policy=NO_CACHE)
def marts(data: Path) -> None:
    """Rebuild every mart."""
    publishing.build_marts(data)


@task(name="checks", cache_policy=NO_CACHE)
def checks(data: Path) -> list[Finding]:
    """Selects that must be empty."""
    return publishing.run_checks(data)


@task(name="publish", cache_policy=NO_CACHE)
def publish(config: Config) -> Publication:
    """Swap the link to a whole, verified copy."""
    return publishing.publish_now(config)
