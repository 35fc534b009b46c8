"""Telling the channels of `[report]` the week, each report once.

What is handed to a channel is the alerts' own from then on: written down, tried again where the channel is
out of reach, held back in its quiet hours. What was handed over is noted in `reports/told.json`, so that a
second run neither makes nor sends it again; where that note is lost, the ledger of alerts knows it, too.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from flows.alerts.channels import Message
from flows.alerts.desk import send as hand_in
from flows.config.alerts import Alerts, read_alerts
from flows.config.load import Config, config_folder
from flows.config.tables import nearest
from flows.errors import ConfigError, HoshiyomiError, InputError
from flows.reports import pdf
from flows.reports.make import address_of, prune, published, report, write
from warehouse.private import make_folder, write_atomically

if TYPE_CHECKING:
    from dashboard.report.weeks import Week
    from dashboard.report.written import Report

log = logging.getLogger(__name__)
FOLDER = "reports"
TOLD = "told.json"
KEPT_DAYS = 60
"""What was written for sending is kept so long: a channel may be out of reach for a while."""
_KEPT = 2_000
_DONE = "all"


@dataclass(slots=True)
class Sent:
    """What became of the reports of a week."""

    delivered: int = 0
    waiting: list[str] = field(default_factory=list)
    """Channels that take theirs later: quiet hours, or out of reach."""
    before: int = 0
    """Told by an earlier run."""
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        said = [f"{self.delivered} delivered"]
        if self.waiting:
            said.append(f"{len(self.waiting)} to be tried again ({', '.join(sorted(set(self.waiting)))})")
        if self.before:
            said.append(f"{self.before} told before")
        return ", ".join([*said, *self.faults])


def is_told(config: Config, week: str) -> bool:
    """Whether everything that `[report]` asks for was handed over for a week."""
    return _mark(config, week) in _told(config.data)


def send(config: Config, week: Week, now: datetime, *, only: Sequence[str | None] | None = None) -> Sent:
    """Hand the reports of a week to the channels of `[report]`; what was told is not told again.

    `only` are keys of apps (None: all together) in place of what `[report]` names. Raises ConfigError for
    a channel that alerts.toml does not have, NothingPublished.
    """
    choice, alerts = config.report, read_alerts(config_folder())
    _check(choice.channels, alerts)
    subjects = [*([None] if choice.portfolio else []), *choice.apps] if only is None else list(only)
    known, sent = _told(config.data), Sent()
    todo: dict[tuple[str | None, str], list[str]] = {}
    for subject, language, channel in _wanted(config, alerts, subjects):
        if _key(subject, week, language, channel) in known:
            sent.before += 1
        else:
            todo.setdefault((subject, language), []).append(channel)
    if todo:
        with published(config.data, config.report.timezone) as once:
            for (subject, language), channels in todo.items():
                try:
                    made = report(
                        once,
                        week,
                        language,
                        app=subject,
                        with_quotes=choice.quotes,
                        url=address_of(config.dashboard),
                    )
                except InputError as error:
                    # The others are told all the same.
                    sent.faults.append(str(error))
                    continue
                _hand_over(config, alerts, made, channels, now, sent)
    prune(config.data / FOLDER, now, KEPT_DAYS)
    if only is None and not sent.faults:
        _note(config.data, _mark(config, str(week)))
    return sent


def _check(channels: Sequence[str], alerts: Alerts) -> None:
    there = [c.name for c in alerts.channel]
    if not channels:
        raise ConfigError(
            "hoshiyomi.toml, [report]: no channel is named, so nobody can be sent a report. "
            "Remedy: channels = [...] with names of alerts.toml, as docs/report.md shows."
        )
    for name in channels:
        if name not in there:
            near = nearest(name, there) if there else "; alerts.toml has none"
            raise ConfigError(
                f"hoshiyomi.toml, [report]: the channel {name!r} is not in alerts.toml{near}. "
                "Remedy: write it as its [[channel]] in alerts.toml is named, as docs/alerts.md shows."
            )


def _wanted(
    config: Config, alerts: Alerts, subjects: Sequence[str | None]
) -> Iterator[tuple[str | None, str, str]]:
    """Each subject, language and channel that belong together."""
    tables = {c.name: c for c in alerts.channel}
    for channel in config.report.channels:
        for language in config.report.languages or (alerts.language_of(tables[channel]),):
            for subject in subjects:
                yield subject, language, channel


def _hand_over(
    config: Config, alerts: Alerts, made: Report, channels: Sequence[str], now: datetime, sent: Sent
) -> None:
    message = _message(made, _files(config, made))
    for channel in channels:
        key = _key(made.app, made.week, made.language, channel)
        receipt = hand_in(config.data, alerts, channel, message, key, now)
        # From here on it is the ledger's to try again.
        _note(config.data, key)
        if receipt is not None and receipt.is_delivered:
            sent.delivered += 1
        else:
            sent.waiting.append(channel)


def _files(config: Config, made: Report) -> list[Path]:
    """What is attached: the page, and as PDF where there is a Chromium."""
    folder = config.data / FOLDER
    paths = write(made, folder, ("html",))
    if pdf.browser() is None:
        return paths
    try:
        return [*write(made, folder, ("pdf",)), *paths]
    except HoshiyomiError as error:
        log.warning("%(error)s", {"error": error})
        return paths


def _message(made: Report, files: Sequence[Path]) -> Message:
    return Message(
        title=made.title, text=made.text, markdown=made.markdown, html=made.mail, attachments=tuple(files),
        thread=f"report-{made.app or 'all'}-{made.language}",
    )  # fmt: skip


def _key(subject: str | None, week: object, language: str, channel: str) -> str:
    return f"{subject if subject is not None else '*'} {week} {language} {channel}"


def _mark(config: Config, week: str) -> str:
    """That a week is done, by what was asked for: who asks for more gets it."""
    c = config.report
    asked = sorted([*c.channels, *c.languages, *c.apps, f"portfolio={c.portfolio}"])
    return f"{_DONE} {week} {' '.join(asked)}"


def _told(data: Path) -> list[str]:
    """What was handed over, the oldest first; a note that cannot be read is none."""
    try:
        said = json.loads((data / FOLDER / TOLD).read_text("utf-8"))
    except (OSError, ValueError):
        return []
    return [str(line) for line in said] if isinstance(said, list) else []


def _note(data: Path, line: str) -> None:
    told = [*(t for t in _told(data) if t != line), line][-_KEPT:]
    write_atomically(make_folder(data / FOLDER) / TOLD, json.dumps(told, ensure_ascii=False).encode())
