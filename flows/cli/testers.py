"""`hoshiyomi intake | invite | cohorts | revoke`: feedback of invited testers."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(intake)
    app.command()(invite)
    app.command()(cohorts)
    app.command()(revoke)


def intake(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8600,
    address: Annotated[str, typer.Option(help="IP address to listen on.")] = "127.0.0.1",
    public: Annotated[
        bool, typer.Option("--public", help="Allow an address that other machines reach.")
    ] = False,
) -> None:
    """Take in feedback and consent of invited testers: form and API on 127.0.0.1."""
    from flows.config.load import load_config
    from flows.intake.app import serve_intake
    from flows.serving.prefect_env import end_on_sigterm

    end_on_sigterm()
    serve_intake(load_config(), address=address, port=port, is_public=public, say=_say)


def invite(
    app: Annotated[str, typer.Option(help="The app's key in apps.toml.")],
    cohort: Annotated[str, typer.Option(help="Testers invited together.")],
    count: Annotated[int, typer.Option(min=1, max=10_000, help="How many codes to make.")] = 1,
    from_: Annotated[
        datetime | None, typer.Option("--from", help="When feedback begins (UTC); else now.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(help="When it ends (UTC); needed for a new cohort.")
    ] = None,
) -> None:
    """Make invitation codes and print them once, as CSV; only their keyed hashes are kept."""
    import csv

    from flows.cli.apps import known_app
    from flows.config.load import load_config
    from flows.intake.invitations import load_keys, open_register

    config = load_config()
    known_app(config, app)
    with open_register(config.data) as invitations:
        known, made = invitations.invite(
            load_keys(config.data), app=app, cohort=cohort, count=count, opens_at=_utc(from_),
            closes_at=_utc(until), now=datetime.now(UTC),
        )  # fmt: skip
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(["tester", "code", "app", "cohort", "from", "until"])
    for tester, code in made:
        out.writerow([tester, code, app, cohort, f"{known.opens_at:%FT%TZ}", f"{known.closes_at:%FT%TZ}"])
    _say(f"{count} codes made; they are shown this once and kept nowhere")


def cohorts() -> None:
    """List the cohorts: app, name, time, how many were invited and how many codes were blocked."""
    from flows.cli.output import render
    from flows.config.load import data_folder
    from flows.intake.invitations import open_register

    now = datetime.now(UTC)
    with open_register(data_folder()) as invitations:
        rows = [
            (
                c.app, c.cohort, f"{c.opens_at:%FT%TZ}", f"{c.closes_at:%FT%TZ}",
                "open" if c.opens_at <= now < c.closes_at else "not yet" if now < c.opens_at else "over",
                c.invited, c.revoked,
            )
            for c in invitations.cohorts()
        ]  # fmt: skip
    names = ("app", "cohort", "from", "until", "now", "invited", "revoked")
    typer.echo(render(names, rows, "table"), nl=False)


def revoke(
    tester: Annotated[str, typer.Option(help="The pseudonym, as `invite` printed it.")],
) -> None:
    """Block a tester's code, such as one that got lost; `hoshiyomi erase` removes what they sent."""
    from flows.config.load import data_folder
    from flows.errors import InputError
    from flows.intake.invitations import open_register

    with open_register(data_folder()) as invitations:
        blocked = invitations.revoke(tester, datetime.now(UTC))
    if not blocked:
        raise InputError(f"--tester {tester!r} has no code that is open.")
    _say(f"{tester}: {blocked} code blocked")


def _utc(day: datetime | None) -> datetime | None:
    return day.replace(tzinfo=UTC) if day else None


def _say(line: str) -> None:
    typer.echo(f"{datetime.now().astimezone():%H:%M:%S}  {line}", err=True)
