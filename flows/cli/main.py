"""`hoshiyomi`: thin. Heavy imports happen inside the command that needs them."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from flows.cli import analyse as cli_analyse
from flows.cli import consent as cli_consent
from flows.cli import keep as cli_keep
from flows.cli import landing as cli_landing
from flows.cli import testers as cli_intake
from flows.cli.options import ConfirmClock, mapping, zone
from flows.mendable import mendable
from flows.spoken import counted

app = typer.Typer(
    name="hoshiyomi",
    help="Reading the stars: how an app's rating moved, why, and how sure we are.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

apps = typer.Typer(help="The apps of apps.toml.", no_args_is_help=True)
app.add_typer(apps, name="apps")
cli_intake.register(app)

_HELP = {"--help", "-h"}
REJECTED_ROWS = 9
"""Exit code of an import that put rows aside; everything else went in."""

ASKS_FAILED = 12
"""Exit code of a run in which a store refused, moved its layout or fell silent; the rest was collected."""
ASKS_PARTIAL = 13
"""Exit code of a run in which nothing failed, but a request ended before the end of its list."""

NEEDS_A_PERSON = 16
"""Exit code of `status` when something waits for a person."""

Port = Annotated[int, typer.Option(min=1, max=65535, help="Port on 127.0.0.1.")]


class Format(StrEnum):
    """How `hoshiyomi sql` prints."""

    table = "table"
    csv = "csv"
    json = "json"


class StatusFormat(StrEnum):
    """How `hoshiyomi status` prints."""

    text = "text"
    json = "json"


def main() -> None:
    """The one place that maps errors to exit codes; what a user can mend comes without a traceback."""
    # Whatever is made from here on, by us and by what we start, is the owner's alone.
    os.umask(0o077)
    try:
        if not _HELP & set(sys.argv[1:]):
            _close_folder()
        app()
    except Exception as error:
        known = mendable(error)
        if known is None:
            raise
        _fail(known, int(getattr(known, "exit_code", 1)))


def _close_folder() -> None:
    from flows.closed import close
    from flows.config.load import config_folder, data_folder, read_publish

    has_group = read_publish(config_folder() / "hoshiyomi.toml").group is not None
    for line in close(data_folder(), has_group=has_group):
        _say(line)


def _fail(error: Exception, code: int) -> None:
    from flows.telling import told

    typer.echo(f"hoshiyomi: {told(error)}", err=True)
    sys.exit(code)


def _say(line: str) -> None:
    typer.echo(f"{datetime.now().astimezone():%H:%M:%S}  {line}", err=True)


@app.command()
def demo(
    open_dashboard: Annotated[
        bool, typer.Option("--open/--no-open", help="Open the dashboard at the end.")
    ] = True,
    port: Port = 8501,
    confirm_clock: ConfirmClock = False,
) -> None:
    """The whole path on the sample store (sample data), then the dashboard on 127.0.0.1."""
    _refresh(sample=True, confirm_clock=confirm_clock)
    if open_dashboard:
        _dashboard(port, browser=True)


@app.command("import")
def import_(
    files: Annotated[
        list[Path],
        typer.Argument(help="CSV, JSON, JSON lines, a feed's XML or a workbook; also .gz or .zip."),
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
        str | None, typer.Option(help="How 3/12/2023 is meant where the file does not tell: mdy (US) or dmy.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read everything, show the first ten records, land nothing.")
    ] = False,
) -> None:
    """Take in real dumps. Importing a file again changes nothing; `hoshiyomi refresh` shows them."""
    from typing import cast

    from flows.cli.imports import as_lines, records_as_lines
    from flows.collection.dump_import import import_file, preview
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
            for line in [*records_as_lines(first), *as_lines(done, is_dry_run=True)]:
                _say(line)
        _say("nothing was landed (--dry-run)")
        raise typer.Exit(REJECTED_ROWS if rejected else 0)
    landing = Landing(data_folder())
    landing.sweep()
    run_id = f"{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}"
    for path in [*files, *(versions or [])]:
        done = import_file(path, options, landing, run_id=run_id, progress=_progress(path.name))
        rejected += done.rejected.total()
        for line in as_lines(done):
            _say(line)
    _say("landed; `hoshiyomi refresh` loads, classifies and publishes it")
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
        done = collect_now(Wanted(app=app_key, since=day, reason=reason), say=_say)
    prefect.close_dead()
    _tell_results(done.requests)


@app.command()
def refresh(confirm_clock: ConfirmClock = False) -> None:
    """Collect, load, classify, build marts, check and publish; only what is new is done."""
    _refresh(sample=False, confirm_clock=confirm_clock)


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
    serve_refresh(data=config.data, cron=cron, timezone=timezone, port=port, say=_say)


@app.command()
def dashboard(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8501,
    open_browser: Annotated[bool, typer.Option("--open/--no-open")] = False,
    address: Annotated[
        str, typer.Option(help="Address to listen on; others than this machine's need --public.")
    ] = "127.0.0.1",
    public: Annotated[bool, typer.Option("--public", help="Let other machines reach it.")] = False,
    name: Annotated[
        str | None, typer.Option(help="Host name under which browsers reach it, if not the address.")
    ] = None,
) -> None:
    """Show the published file in the browser; on this machine only, unless --public is given."""
    _dashboard(port, browser=open_browser, address=address, public=public, name=name)


@app.command()
def path() -> None:
    """Print the current published DuckDB file: open it read-only with any tool."""
    from flows.config.load import data_folder
    from warehouse.reads import current

    typer.echo(current(data_folder()))


@app.command()
def sql(
    query: Annotated[str, typer.Argument(help="One statement on the published tables.")],
    format_: Annotated[Format, typer.Option("--format")] = Format.table,
    timeout: Annotated[
        float, typer.Option(min=0.1, max=86_400, help="Stop the query after so many seconds.")
    ] = 60.0,
    memory: Annotated[int, typer.Option(min=50, help="Stop it beyond so many MB of memory.")] = 1_000,
    rows: Annotated[int, typer.Option(min=1, help="Stop it beyond so many rows.")] = 100_000,
) -> None:
    """Ask the published file, within limits of time and memory."""
    from flows.cli.bounds import held_to
    from flows.cli.output import render
    from flows.config.load import data_folder
    from warehouse.limits import Limits
    from warehouse.reads import ask, current

    limits = Limits(seconds=timeout, memory_mb=memory, rows=rows)
    slow = limits.too_slow()
    with held_to(
        seconds=timeout, memory_bytes=2 * memory * 1_000_000, last_word=f"hoshiyomi: {slow}\n",
        exit_code=slow.exit_code,
    ):  # fmt: skip
        names, found = ask(current(data_folder()), query, limits=limits)
    typer.echo(render(names, found, format_.value), nl=False)


@app.command()
def status(
    format_: Annotated[StatusFormat, typer.Option("--format", help="text for people, json for monitors.")] = (
        StatusFormat.text
    ),
) -> None:
    """How every source is, what the last run did, what waits, and what needs a person."""
    from flows.config.load import load_config
    from flows.health.status import report
    from flows.health.status_output import as_json, lines

    config = load_config()
    found = report(config.data, config, datetime.now(UTC))
    if format_ is StatusFormat.json:
        typer.echo(as_json(found))
    else:
        for line in lines(found):
            typer.echo(line)
    if found.needs_a_person:
        raise typer.Exit(NEEDS_A_PERSON)


@app.command()
def evaluate(
    file: Annotated[Path, typer.Argument(help="JSONL with text, sentiment, topics; also .gz.")],
) -> None:
    """Measure the serving model on labelled texts, against a TF-IDF baseline and the majority."""
    from flows.cli.evaluate import evaluate as measure
    from flows.cli.evaluate import lines, read_labelled, store
    from flows.config.load import load_config
    from flows.serving.prefect_env import prepare_offline

    config = load_config()
    prepare_offline()
    topics = [t.key for t in config.topics]
    labelled = read_labelled(file, topics)
    from models.text.baseline import Baseline
    from models.text.hub import load_model

    model = load_model(config.model, {t.key: t.label_en for t in config.topics})
    report = measure(labelled, model, Baseline.load(), topics)
    for line in lines(report):
        typer.echo(line)
    _say(f"kept in {store(report, file, config.data, datetime.now(UTC))}")


@apps.command("add")
def apps_add(
    app_: Annotated[str, typer.Argument(metavar="URL-OR-ID", help="Address or id of the app in its store.")],
    key: Annotated[
        str | None, typer.Option(help="Key in apps.toml; an app that is there gets a store.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Name on screen; else the store is asked.")] = None,
    owner: Annotated[str | None, typer.Option(help="Who answers for the app.")] = None,
    language: Annotated[list[str] | None, typer.Option(help="Google Play: ask in this language.")] = None,
    country: Annotated[list[str] | None, typer.Option(help="App Store: ask in this country.")] = None,
    ask: Annotated[bool, typer.Option("--ask/--offline", help="Ask the store for the name.")] = True,
) -> None:
    """Write an app into apps.toml; what stands there stays as it is."""
    from flows.cli.apps import add, client_of, named, recognised
    from flows.config.load import config_folder, load_config

    config = load_config()
    found = recognised(app_)
    if name is None and ask:
        name = named(found, config, client_of(config))
    path = config_folder() / "apps.toml"
    added = add(
        path, found, key=key, name=name, owner=owner, languages=language or [], countries=country or []
    )
    _say(f"{path}: added {found.store} {found.id} to the app {added!r}")


@apps.command("check")
def apps_check(
    ask: Annotated[bool, typer.Option("--ask/--offline", help="Ask each store for each app.")] = True,
) -> None:
    """Check apps.toml, its keys and folders, and whether each store knows each app."""
    from flows.cli.apps import check, client_of
    from flows.config.load import load_config

    config = load_config()
    is_good = True
    for finding in check(config, client_of(config) if ask else None):
        typer.echo(finding.line)
        is_good = is_good and finding.is_good
    if not ask:
        typer.echo("offline: no store was asked")
    if not is_good:
        raise typer.Exit(ASKS_FAILED)


def _tell_results(requests: list[Any]) -> None:
    """Say how the requests ended, and end with the code that says it to a script."""
    ended = [c.outcome for c in requests]
    count = {outcome: ended.count(outcome) for outcome in ("complete", "partial", "failed")}
    _say(f"{count['complete']} requests complete, {count['partial']} partial, {count['failed']} failed")
    if not requests:
        _say("nothing is asked: apps.toml names no app with languages or countries")
    if count["failed"]:
        raise typer.Exit(ASKS_FAILED)
    if count["partial"]:
        raise typer.Exit(ASKS_PARTIAL)


def _refresh(
    *, sample: bool, collecting: bool = True, audit_seed: int | None = None, confirm_clock: bool = False
) -> None:
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
    if sample:
        refuse_beside_real(config.data)
    prepare_offline()
    prepare_prefect(config.data)
    end_on_sigterm()
    _say("starting Prefect (the first start makes its database, up to half a minute)")
    prefect = ForOneRun(config.data)
    from flows.pipeline.refresh import refresh_now

    prefect.ready()
    with lost_prefect_told():
        done = refresh_now(sample=sample, collecting=collecting, audit_seed=audit_seed, say=_say)
    prefect.close_dead()
    for finding in done.findings:
        _say(f"check {finding.check}: {counted(finding.count, 'row')}; expected: {finding.says}")
    if done.publication.is_new:
        _say(f"published revision {done.publication.revision}")
    else:
        _say(f"nothing changed since revision {done.publication.revision}")
    typer.echo(done.publication.path)
    if done.collected and not sample:
        _tell_results(done.collected)


cli_landing.register(app, _say)
cli_analyse.register(app, _refresh)
cli_consent.register(app, _say, REJECTED_ROWS)
cli_keep.register(app, _refresh, _say)


def _dashboard(
    port: int, *, browser: bool, address: str = "127.0.0.1", public: bool = False, name: str | None = None
) -> None:
    from flows.cli.dashboard_server import Place, show_dashboard
    from flows.config.load import data_folder
    from flows.serving.prefect_env import end_on_sigterm

    end_on_sigterm()
    place = Place(port=port, address=address, public=public, name=name)
    raise typer.Exit(show_dashboard(data_folder(), place, browser=browser, say=_say))


def _progress(name: str) -> Any:
    def tell(rows: int) -> None:
        if rows % 100_000 < 20_000 and rows >= 100_000:
            _say(f"{name}: {counted(rows, 'row')} read")

    return tell
