"""`hoshiyomi report`: the week of an app, or of all, on one page and in detail."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

log = logging.getLogger(__name__)
app = typer.Typer()


@app.command()
def report(
    app_: Annotated[str | None, typer.Option("--app", help="The app's key in apps.toml.")] = None,
    portfolio: Annotated[bool, typer.Option("--portfolio", help="Of all apps.")] = False,
    week: Annotated[
        str | None, typer.Option(help="Such as 2026-W40; else the last whole week, or the last with data.")
    ] = None,
    language: Annotated[list[str] | None, typer.Option(help="ja or en; can be repeated, else both.")] = None,
    out: Annotated[Path, typer.Option(help="Folder to write into.")] = Path(),
    format_: Annotated[str, typer.Option("--format", help="html, pdf, md, several with commas.")] = "html,md",
    quotes: Annotated[
        bool, typer.Option("--quotes/--no-quotes", help="Quote public reviews, or leave their words out.")
    ] = True,
    send: Annotated[
        bool, typer.Option("--send", help="Send it to the channels of [report], once for each week.")
    ] = False,
) -> None:
    """Write the weekly report: one page first, then the details; HTML, PDF and Markdown."""
    from flows.config.load import load_config
    from flows.config.tables import nearest
    from flows.errors import InputError
    from flows.reports.make import (
        LANGUAGES,
        address_of,
        formats_named,
        published,
        usual_week,
        week_named,
        write,
    )
    from flows.reports.make import report as made

    if (app_ is None) != portfolio:
        raise InputError("A report is of one app or of all. Remedy: --app KEY, or --portfolio.")
    for name in language or ():
        if name not in LANGUAGES:
            raise InputError(f"--language {name!r} is unknown{nearest(name, LANGUAGES)}. Remedy: ja or en.")
    formats = formats_named(format_)
    wanted = week_named(week) if week else None
    config = load_config()
    now = datetime.now(UTC)
    zone = config.report.timezone
    with published(config.data, zone) as once:
        meant = wanted or usual_week(once, app_, now.astimezone(ZoneInfo(zone)).date())
        for name in language or LANGUAGES:
            of = made(once, meant, name, app=app_, with_quotes=quotes, url=address_of(config.dashboard))
            for path in write(of, out, formats):
                typer.echo(path)
    if send:
        from flows.reports.send import send as tell

        sent = tell(config, meant, now, only=[app_])
        log.info("the report of %(week)s: %(sent)s", {"week": str(meant), "sent": str(sent)})
