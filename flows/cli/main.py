"""`hoshiyomi`: thin. Heavy imports happen inside the command that needs them."""

from __future__ import annotations

import logging
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from flows import console
from flows.cli import alerts, analyse, backup, doctor, maintenance, runs, sql, testers
from flows.errors import mendable

log = logging.getLogger(__name__)
app = typer.Typer(
    name="hoshiyomi",
    help="Reading the stars: how an app's rating moved, why, and how sure we are.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

apps = typer.Typer(help="The apps of apps.toml.", no_args_is_help=True)
app.add_typer(apps, name="apps")
app.add_typer(alerts.app, name="alerts")
for part in (runs, analyse, sql, maintenance, doctor, backup, testers):
    app.add_typer(part.app)

_HELP = {"--help", "-h"}
STOPPED = 130
"""The shell's exit code for what Ctrl-C ended: 128 and the signal's number."""


def main() -> None:
    """The one place that maps errors to exit codes; what a user can mend comes without a traceback."""
    # Whatever is made from here on, by us and by what we start, is the owner's alone.
    os.umask(0o077)
    try:
        _run()
    except KeyboardInterrupt:
        # Before a command began, or while its error was being told; inside of one typer answers it.
        sys.exit(STOPPED)


def _run() -> None:
    try:
        if not _HELP & set(sys.argv[1:]):
            console.setup()
            _close_folder()
        app()
    except Exception as error:
        known = mendable(error)
        if known is None:
            raise
        _fail(known, int(getattr(known, "exit_code", 1)))


def _close_folder() -> None:
    from flows.closed import close
    from flows.config.load import data_folder, read_settings

    for line in close(data_folder(), has_group=read_settings(None, "publish").publish.group is not None):
        log.warning(line)


def _fail(error: Exception, code: int) -> None:
    from flows.cli.output import told

    typer.echo(f"hoshiyomi: {told(error)}", err=True)
    sys.exit(code)


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
    from flows.cli.dashboard_server import Place, show_dashboard
    from flows.config.load import data_folder
    from flows.serving.prefect_env import end_on_sigterm

    end_on_sigterm()
    place = Place(port=port, address=address, public=public, name=name)
    raise typer.Exit(show_dashboard(data_folder(), place, browser=open_browser))


@app.command()
def evaluate(
    file: Annotated[Path, typer.Argument(help="JSONL with text, sentiment, topics; also .gz.")],
    app_: Annotated[
        str | None,
        typer.Option(
            "--app", help="The texts are a random sample of this app's: correct its shares by them."
        ),
    ] = None,
) -> None:
    """Measure the serving model on labelled texts, against a TF-IDF baseline and the majority."""
    from flows.cli.evaluate import check_app, lines, read_labelled, store
    from flows.cli.evaluate import evaluate as measure
    from flows.config.load import load_config
    from flows.serving.prefect_env import prepare_offline

    config = load_config()
    prepare_offline()
    topics = [t.key for t in config.topics]
    if app_:
        check_app(app_, config)
    labelled = read_labelled(file, topics)
    from models.text.evaluation import Baseline
    from models.text.hub import load_model

    model = load_model(config.model, {t.key: t.label_en for t in config.topics})
    report = measure(labelled, model, Baseline.load(), topics, app_)
    for line in lines(report):
        typer.echo(line)
    log.info("kept in %(path)s", {"path": store(report, file, config.data, datetime.now(UTC))})


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
    fields = {"file": path, "store": found.store, "id": found.id, "app": added}
    log.info("%(file)s: added %(store)s %(id)s to the app %(app)r", fields)


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
        raise typer.Exit(runs.ASKS_FAILED)
