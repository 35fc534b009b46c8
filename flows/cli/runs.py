"""`hoshiyomi demo | import | collect | refresh | serve`: data in, and published."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows.cli.output import REJECTED_ROWS, ConfirmClock, Port, mapping, zone
from flows.console import counted

if TYPE_CHECKING:
    from flows.config.load import Config

log = logging.getLogger(__name__)
app = typer.Typer()
ASKS_FAILED = 12
"""Exit code of a run in which a store refused, moved its layout or fell silent; the rest was collected."""
ASKS_PARTIAL = 13
"""Exit code of a run in which nothing failed, but a request ended before the end of its list."""


@app.command()
def demo(
    open_dashboard: Annotated[
        bool, typer.Option("--open/--no-open", help="Open the dashboard at the end.")
    ] = True,
    port: Port = 8501,
    confirm_clock: ConfirmClock = False,
) -> None:
    """The whole path on the sample store (sample data), then the dashboard on 127.0.0.1."""
    run_refresh(sample=True, confirm_clock=confirm_clock)
    if open_dashboard:
        from flows.cli.dashboard_server import Place, show_dashboard
        from flows.config.load import data_folder

        raise typer.Exit(show_dashboard(data_folder(), Place(port=port), browser=True))


@app.command("import")
def import_(
    files: Annotated[
        list[Path], typer.Argument(help="CSV, JSON, a feed's XML or a workbook; also .gz or .zip.")
    ],
    versions: Annotated[
        list[Path] | None, typer.Option(help="Dump of displayed scores and releases.")
    ] = None,
    format_: Annotated[
        str | None, typer.Option("--format", help="Name the format instead of recognising it.")
    ] = None,
    app_id: Annotated[
        str | None, typer.Option("--app", help="The store's app id, where the dump has none.")
    ] = None,
    store: Annotated[str | None, typer.Option(help="google_play or app_store.")] = None,
    language: Annotated[str | None, typer.Option(help="Language of the dump, such as ja.")] = None,
    country: Annotated[str | None, typer.Option(help="Country of the dump, such as jp.")] = None,
    timezone: Annotated[str, typer.Option(help="Zone of times without a zone.")] = "UTC",
    map_: Annotated[
        list[str] | None, typer.Option("--map", help="field=column, for other column names.")
    ] = None,
    seen_at: Annotated[
        datetime | None, typer.Option(help="When the dump was made (UTC); else the file's time.")
    ] = None,
    encoding: Annotated[
        str | None, typer.Option(help="Encoding, such as cp932; else the file's letters tell it.")
    ] = None,
    dates: Annotated[
        str | None,
        typer.Option(help="How 3/12/2023 is meant where the file does not tell: mdy (US), dmy or ymd."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read everything, show the first ten records, land nothing.")
    ] = False,
) -> None:
    """Take in real dumps. Importing a file again changes nothing; `hoshiyomi refresh` shows them."""
    from typing import cast

    from flows.cli.imports import as_lines, reading, records_as_lines, stopped
    from flows.cli.output import stopped_tells
    from flows.collection.dump_import import Imported, import_file, preview
    from flows.config.load import data_folder
    from flows.sources.dumps.dates import DayOrder
    from flows.sources.dumps.files import Options
    from warehouse.landing import Landing

    options = Options(
        format=format_, store=store, store_app_id=app_id, language=language, country=country,
        zone=zone(timezone), mapping=mapping(map_ or []),
        seen_at=seen_at.replace(tzinfo=UTC) if seen_at else None, encoding=encoding,
        dates=cast("DayOrder | None", dates),
    )  # fmt: skip
    rejected = 0
    if dry_run:
        for path in [*files, *(versions or [])]:
            done, first = preview(path, options)
            rejected += done.rejected.total()
            # To the screen and into no log: these are people's words.
            for line in records_as_lines(first):
                typer.echo(line)
            for line in as_lines(done, is_dry_run=True):
                log.info("%(said)s", {"said": line})
        log.info("nothing was landed (--dry-run)")
        raise typer.Exit(REJECTED_ROWS if rejected else 0)
    landing = Landing(data_folder())
    landing.sweep()
    run_id = f"{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}"
    whole: list[Imported] = []
    for path in [*files, *(versions or [])]:
        with stopped_tells(partial(stopped, path, whole)), reading(path) as read:
            done = import_file(path, options, landing, run_id=run_id, progress=read)
        whole.append(done)
        rejected += done.rejected.total()
        for line in as_lines(done):
            log.info("%(said)s", {"said": line})
    log.info("landed; `hoshiyomi refresh` loads, classifies and publishes it")
    if rejected:
        raise typer.Exit(REJECTED_ROWS)


@app.command()
def collect(
    app_key: Annotated[
        str | None, typer.Option("--app", help="Only this app of apps.toml, by its key.")
    ] = None,
    since: Annotated[
        datetime | None, typer.Option(help="Backfill: ask again for reviews from this day (UTC) on.")
    ] = None,
    reason: Annotated[str | None, typer.Option(help="Why, for the coverage of a backfill.")] = None,
    confirm_clock: ConfirmClock = False,
) -> None:
    """Ask the stores of apps.toml and land what is new; `hoshiyomi refresh` does this, too."""
    from flows.cli.apps import known_app
    from flows.config.load import load_config
    from flows.errors import InputError
    from flows.privacy.clock import believe, utc_now
    from flows.serving.prefect_env import end_on_sigterm, prepare_offline, prepare_prefect
    from flows.serving.prefect_server import ForOneRun, lost_prefect_told

    config = load_config()
    known_app(config, app_key)
    if (since is None) != (reason is None):
        raise InputError("--since and --reason belong together: a backfill is kept with its reason.")
    believe(config.data, utc_now(), config.retention.clock_jump_days, confirmed=confirm_clock)
    prepare_offline()
    prepare_prefect(config.data)
    end_on_sigterm()
    prefect = ForOneRun(config.data)
    from flows.pipeline.collect_stores import Wanted, collect_now

    prefect.ready()
    day = since.replace(tzinfo=UTC) if since else None
    with lost_prefect_told():
        done = collect_now(Wanted(app=app_key, since=day, reason=reason))
    prefect.close_dead()
    _tell_results(done.requests)


@app.command()
def refresh(confirm_clock: ConfirmClock = False) -> None:
    """Collect, load, classify, build marts, check and publish; only what is new is done."""
    run_refresh(sample=False, confirm_clock=confirm_clock)


@app.command()
def serve(
    cron: Annotated[str, typer.Option(help="When to refresh, as cron.")] = "0 6 * * *",
    timezone: Annotated[str, typer.Option(help="Zone of the cron expression.")] = "UTC",
    port: Port = 4200,
) -> None:
    """Run `refresh` on a schedule with Prefect's own server and screen on 127.0.0.1."""
    from flows.config.load import load_config
    from flows.serving.prefect_env import end_on_sigterm, pin_folders, prepare_offline, prepare_prefect
    from flows.serving.serve import serve_refresh

    zone(timezone)
    # Nothing is started for a configuration with which every run would fail.
    config = load_config()
    end_on_sigterm()
    prepare_offline()
    prepare_prefect(config.data, standing_server=True)
    pin_folders()
    serve_refresh(data=config.data, cron=cron, timezone=timezone, port=port)


@app.command()
def deployments(
    folder: Annotated[Path, typer.Argument(help="Where to write prefect.yaml and automations.yaml.")],
) -> None:
    """Write deployments for a standing Prefect, from apps.toml and [[schedule]], and say how to use them."""
    from flows.config.load import load_config
    from flows.serving.deployments import write

    written = write(load_config(), folder)
    for path in written.files:
        log.info("wrote %(file)s", {"file": path})
    for command in written.commands:
        typer.echo(command)


@app.command()
def worker(
    name: Annotated[str, typer.Option(help="How Prefect's screen calls this worker.")] = "hoshiyomi",
    health_port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Answer /health on this port of 127.0.0.1.")
    ] = None,
    collect: Annotated[
        bool, typer.Option(help="Only collect, and share what came ([scale] landing); on any machine.")
    ] = False,
) -> None:
    """Run the deployments of a standing Prefect (PREFECT_API_URL) in this data folder, one at a time."""
    from flows.config.load import load_config
    from flows.serving.deployments import work

    work(load_config(), name, health_port, collecting=collect)


def run_refresh(
    *, sample: bool, collecting: bool = True, audit_seed: int | None = None, confirm_clock: bool = False
) -> None:
    """One run in this process: what it does is logged, and where it published is printed."""
    from flows.config.load import load_config
    from flows.lock import refresh_lock
    from flows.pipeline.sample_data import refuse_beside_real
    from flows.privacy.clock import believe, utc_now
    from flows.serving.prefect_env import end_on_sigterm, prepare_offline, prepare_prefect
    from flows.serving.prefect_server import ForOneRun, lost_prefect_told

    config = load_config()
    # Asked before anything is started, so that a person reads one line and waits for nothing; the flow asks
    # once more, for those that nobody starts.
    with refresh_lock(config.data):
        believe(config.data, utc_now(), config.retention.clock_jump_days, confirmed=confirm_clock)
        if collecting and not sample and audit_seed is None and _tell_standing(config):
            return
    if sample:
        refuse_beside_real(config.data)
    prepare_offline()
    prepare_prefect(config.data)
    end_on_sigterm()
    log.info("starting Prefect (the first start makes its database, up to half a minute)")
    prefect = ForOneRun(config.data)
    from flows.pipeline.refresh import refresh_now

    prefect.ready()
    began = utc_now()
    try:
        with lost_prefect_told():
            done = refresh_now(sample=sample, collecting=collecting, audit_seed=audit_seed)
    except KeyboardInterrupt:
        _tell_stopped(config.data, began)
        raise
    prefect.close_dead()
    _tell_summary(config.data)
    for finding in done.findings:
        fields = {
            "check": finding.check, "rows": counted(finding.count, "row"), "expected": finding.says,
        }  # fmt: skip
        log.warning("check %(check)s: %(rows)s; expected: %(expected)s", fields)
    what = "published" if done.publication.is_new else "nothing changed since"
    log.info("%(what)s revision %(revision)s", {"what": what, "revision": done.publication.revision})
    typer.echo(done.publication.path)
    if done.collected and not sample:
        _tell_results(done.collected)


def _tell_standing(config: Config) -> bool:
    """Where nothing is to be done, record a run that did nothing, before anything heavy is loaded; whether
    so. To be called under the refresh lock."""
    from flows.collection import sharing
    from flows.config.load import config_folder
    from flows.health.runs import recorded
    from flows.pipeline.standstill import standing
    from flows.privacy.clock import utc_now
    from flows.serving.open_runs import any_open

    now = utc_now()
    # What other machines shared is landed first, and is then something to do.
    sharing.fetch(config)
    unchanged = standing(config, now)
    if unchanged is None or any_open(config.data):
        return False
    with recorded(config.data, f"{now:%Y%m%dT%H%M%S%fZ}", "refresh") as run:
        unchanged.note(run)
    if (config_folder() / "alerts.toml").exists():
        # What waited for its hour, or for a channel that is back, is told at the end of this run, too.
        from flows.alerts.now import tell_at_the_end

        tell_at_the_end(now)
    _tell_summary(config.data)
    log.info("nothing changed since revision %(revision)s", {"revision": unchanged.revision})
    typer.echo((config.data / "current.duckdb").resolve())
    return True


def _tell_results(requests: list[Any]) -> None:
    """Say how the requests ended, and end with the code that says it to a script."""
    ended = [c.outcome for c in requests]
    count = {outcome: ended.count(outcome) for outcome in ("complete", "partial", "failed")}
    log.info("%(complete)s requests complete, %(partial)s partial, %(failed)s failed", count)
    if not requests:
        log.warning("nothing is asked: apps.toml names no app with languages or countries")
    if count["failed"]:
        raise typer.Exit(ASKS_FAILED)
    if count["partial"]:
        raise typer.Exit(ASKS_PARTIAL)


def _tell_summary(data: Path) -> None:
    from flows.health.runs import latest
    from flows.health.summary import lines

    for run in latest(data, 1):
        for line in lines(run):
            log.info("%(line)s", {"line": line})


def _tell_stopped(data: Path, began: datetime) -> None:
    """What is done, for whoever pressed Ctrl-C or stopped the service."""
    from flows.health.runs import latest
    from flows.health.summary import stopped

    run = next((r for r in latest(data, 1) if r.started_at >= began), None)
    log.warning("%(said)s", {"said": stopped(run)})
