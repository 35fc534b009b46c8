"""`hoshiyomi doctor | metrics`: for the person who wonders, and for the monitor that asks."""

from __future__ import annotations

import logging
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.cli.maintenance import NEEDS_A_PERSON, StatusFormat

if TYPE_CHECKING:
    from flows.config.load import Config
    from flows.health.findings import Finding

log = logging.getLogger(__name__)
app = typer.Typer()
_ASK_AGAIN = (
    "put right what it names (apps.toml, a key file, the way to the store), then `hoshiyomi apps check` asks "
    "again."
)


@app.command()
def doctor(
    online: Annotated[
        bool, typer.Option("--online", help="Ask the stores, Prefect's server and the channels, too.")
    ] = False,
    format_: Annotated[StatusFormat, typer.Option("--format", help="text for people, json for programs.")] = (
        StatusFormat.text
    ),
) -> None:
    """Look at everything: set-up, disk, locks, sources, schedule, landing, working and published files."""
    from flows.config.load import data_folder, load_config
    from flows.errors import ConfigError
    from flows.health.doctor import as_json, diagnose, lines

    config: Config | ConfigError
    try:
        config = load_config()
    except ConfigError as error:
        config = error
    asked = _asked(config) if online and not isinstance(config, ConfigError) else None
    seen = diagnose(data_folder(), config, datetime.now(UTC), asked=asked)
    if format_ is StatusFormat.json:
        typer.echo(as_json(seen))
    else:
        for line in lines(seen):
            typer.echo(line)
    if seen.needs_a_person:
        raise typer.Exit(NEEDS_A_PERSON)


def _asked(config: Config) -> list[Finding]:
    """What asking others brings to light."""
    from flows.cli.apps import check, client_of
    from flows.health.findings import Finding
    from flows.health.machine import split
    from flows.serving.prefect_api import PrefectApi, PrefectUnreachable

    found = [
        Finding(severity="act", about="store_check", what=" ".join(f.line.split()), remedy=_ASK_AGAIN)
        for f in check(config, client_of(config))
        if not f.is_good
    ]
    if os.environ.get("PREFECT_API_URL"):
        try:
            with PrefectApi.named() as api:
                api.check()
        except PrefectUnreachable as error:
            said, remedy = split(error)
            found.append(Finding(severity="act", about="schedule", what=said, remedy=remedy))
    return found


@app.command()
def metrics(
    textfile: Annotated[
        Path | None, typer.Option(help="Write them to this file, for node_exporter's textfile collector.")
    ] = None,
    serve: Annotated[
        bool, typer.Option("--serve", help="Answer /metrics, /health and /live until stopped.")
    ] = False,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of --serve (0: any free one).")] = 9464,
    address: Annotated[
        str, typer.Option(help="Address of --serve; others than this machine's need --public.")
    ] = "127.0.0.1",
    public: Annotated[bool, typer.Option("--public", help="Let other machines ask.")] = False,
) -> None:
    """The last run by stage, what is published and what needs a person, as Prometheus reads it."""
    from flows.config.load import load_config
    from flows.errors import ConfigError
    from flows.health.metrics import exposition, write_textfile
    from flows.serving.prefect_env import end_on_sigterm

    config = load_config()
    if serve:
        from flows.health.metrics_server import is_loopback, serve_metrics

        if not is_loopback(address) and not public:
            raise ConfigError(
                f"--address {address} is reached by other machines. Remedy: --public, when that is meant; "
                "what is told names stages and findings, and no person."
            )
        end_on_sigterm()
        serve_metrics(config, address, port)
    elif textfile is not None:
        write_textfile(config, textfile, datetime.now(UTC))
    else:
        typer.echo(exposition(config, datetime.now(UTC)).decode(), nl=False)
