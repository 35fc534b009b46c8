"""`hoshiyomi alerts run | test | replay | list`: who is told what, and what became of it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.cli.output import moment, render
from flows.console import counted

if TYPE_CHECKING:
    from flows.alerts.replay import Replayed

log = logging.getLogger(__name__)
app = typer.Typer(help="Who is told what, by which channel, and what became of it.", no_args_is_help=True)
NOT_TOLD = 18
"""Exit code where a channel could not be told; it is tried again."""


@app.command()
def run() -> None:
    """Tell everybody what is new to them; nothing twice. For cron; `refresh` and `serve` do it, too."""
    from flows.alerts.now import tell_now

    done = tell_now(datetime.now(UTC))
    if done is None:
        log.info("nobody is told: alerts.toml names no channel")
        return
    fields = {
        "n": counted(len(done.delivered), "message"),
        "held": len(done.held),
        "failed": len(done.failed),
    }
    log.info("%(n)s delivered; %(held)s channels wait for their time, %(failed)s failed", fields)
    if done.failed:
        raise typer.Exit(NOT_TOLD)


@app.command()
def test(
    channel: Annotated[str | None, typer.Option(help="Only this channel, by its name.")] = None,
) -> None:
    """Send a message to every channel, also in quiet hours, and say which arrived."""
    from flows.alerts import messages
    from flows.alerts.desk import send
    from flows.alerts.words import words
    from flows.config.alerts import FILE, read_alerts
    from flows.config.load import config_folder, data_folder
    from flows.config.tables import nearest
    from flows.errors import ConfigError

    alerts, now = read_alerts(config_folder()), datetime.now(UTC)
    names = [c.name for c in alerts.channel]
    if channel is not None and channel not in names:
        near = nearest(channel, names) if names else "; none is there"
        raise ConfigError(f"{FILE} has no channel {channel!r}{near}")
    failed = 0
    for table in alerts.channel:
        if channel not in (None, table.name):
            continue
        zone = alerts.timezone_of(table)
        message = messages.trial(words(alerts.language_of(table)), id_="", channel=table.name, zone=zone)
        receipt = send(data_folder(), alerts, table.name, message, now.isoformat(), now, purpose="test")
        is_there = receipt is not None and receipt.is_delivered
        failed += not is_there
        detail = "" if receipt is None or is_there else f": {receipt.detail}"
        typer.echo(f"{table.name}: {'delivered' if is_there else 'not delivered'}{detail}")
    if not names:
        typer.echo("nobody is told: alerts.toml names no channel")
    if failed:
        raise typer.Exit(NOT_TOLD)


@app.command("list")
def list_(
    since: Annotated[str | None, typer.Option(help="Only messages from this day on.")] = None,
    channel: Annotated[str | None, typer.Option(help="Only to this channel.")] = None,
    form: Annotated[str, typer.Option("--format", help="table, csv or json.")] = "table",
) -> None:
    """The receipts: what was told to whom, how often it was tried, and why it did not arrive."""
    from flows.alerts.ledger import Ledger
    from flows.config.load import data_folder

    names = ("made_at", "channel", "purpose", "step", "title", "status", "tries", "last_try_at", "detail",
             "incidents", "id")  # fmt: skip
    try:
        with Ledger.read(data_folder()) as ledger:
            found = ledger.list(_day(since) if since else None, channel)
    except FileNotFoundError:
        found = []
    typer.echo(render(names, [[row[n] for n in names] for row in found], form), nl=False)


@app.command()
def replay(
    since: Annotated[str, typer.Option(help="From this day on.")],
    incidents: Annotated[
        Path | None,
        typer.Option(help="Incidents that a person marked, written as events.toml; by default events.toml."),
    ] = None,
    messages: Annotated[bool, typer.Option("--messages", help="Show every message, too.")] = False,
) -> None:
    """What the rules would have said on history, day by day: how often, and how late. Sends nothing."""
    from flows.alerts.published import look
    from flows.alerts.replay import replay as replay_rule
    from flows.alerts.signals import levels_of
    from flows.config.alerts import OF_APPS, RuleTable, read_alerts
    from flows.config.events import check_apps, read_events
    from flows.config.load import config_folder, data_folder
    from flows.errors import InputError
    from warehouse.reads import current, rows

    alerts, first = read_alerts(config_folder()), _day(since).date()
    if incidents is not None and not incidents.is_file():
        raise InputError(f"{incidents} is not there. Remedy: name a file written as events.toml.")
    marked = read_events(incidents or config_folder() / "events.toml")
    path = current(data_folder())
    spans = rows(path, "alert_known_since")
    check_apps(marked, frozenset(r["app"] for r in spans), str(incidents or "events.toml"))
    kinds = tuple(k for k in OF_APPS if k != "displayed_score")
    rules = alerts.rule or (RuleTable(name="everything", kinds=kinds, to=("nobody",), direction="both"),)
    last = max((r["last_day"] for r in spans), default=first)
    seen = look(path, first, last, levels_of(alerts))
    signals = [s for s in seen.signals if not s.is_standing]
    known = {r["app"]: r["first_day"] for r in spans}
    done = [
        replay_rule(rule, signals, seen.owned, known, first, last, marked, alerts.recent_days)
        for rule in rules
    ]
    typer.echo(
        f"{first} to {last}, {counted(len(known), 'app')}, {counted(len(marked), 'marked incident')}\n"
    )
    for line in _told(done, with_messages=messages):
        typer.echo(line)


def _told(done: list[Replayed], *, with_messages: bool) -> Iterator[str]:
    """How often and how late, a line a rule; then each incident, and each message where that is wanted."""
    steps = ("raised", "grew", "ended", "withdrawn")
    head = ("rule", *steps, "raised an app and year", "marked", "told", "median days", "not marked")
    table = []
    for one in done:
        days = sorted(late.days for late in one.late if late.days is not None)
        median = (
            f"{days[len(days) // 2] if len(days) % 2 else sum(days[len(days) // 2 - 1 :][:2]) / 2:g}"
            if days
            else ""
        )
        unmarked = "" if one.unmarked is None else one.unmarked
        counts = [one.steps.get(s, 0) for s in steps]
        table.append(
            [one.rule, *counts, f"{one.raised_per_app_year:.2f}", len(one.late), len(days), median, unmarked]
        )
    yield render(head, table, "table")
    late = [
        [
            one.rule,
            e.event.app,
            e.event.at.date(),
            e.event.label,
            e.told or "never",
            "" if e.days is None else f"+{e.days}",
        ]
        for one in done
        for e in one.late
    ]
    if late:
        yield render(("rule", "app", "began", "incident", "told", "days"), late, "table")
    if with_messages:
        said = [
            [one.rule, s.day, s.app, s.news.step, ", ".join(_finding(x) for x in s.news.signals)]
            for one in done
            for s in one.said
        ]
        yield render(("rule", "day", "app", "step", "findings"), said, "csv")


def _finding(signal: object) -> str:
    from flows.alerts.signals import Signal

    assert isinstance(signal, Signal)  # noqa: S101
    about = signal.version or signal.topic
    return f"{signal.kind} {signal.direction}" + (f" ({about})" if about else "")


def _day(text: str) -> datetime:
    """A day as somebody writes it, from its first moment on (UTC)."""
    return moment(text, "--since").replace(hour=0, minute=0, second=0, microsecond=0)
