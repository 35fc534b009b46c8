"""When the weekly report is due, and which week it tells. Pure but for `send_if_due`, which ends a run."""

from __future__ import annotations

import logging
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from flows.config.settings import DAYS, ReportChoice
from warehouse.errors import NothingPublished

if TYPE_CHECKING:
    from flows.config.load import Config

log = logging.getLogger(__name__)


def last_due(choice: ReportChoice, now: datetime) -> datetime:
    """The last moment at which a report was due, by the clock of its zone; `now` is aware."""
    zone = ZoneInfo(choice.timezone)
    local = now.astimezone(zone)
    back = (local.weekday() - DAYS.index(choice.weekday)) % 7
    at = datetime.combine(local.date() - timedelta(back), time(choice.hour), zone)
    # A week earlier by the calendar, whatever summer time did in between.
    return at if at <= now else datetime.combine(at.date() - timedelta(7), time(choice.hour), zone)


def send_if_due(config: Config, now: datetime) -> None:
    """Send the report of the last week where that was not done yet; a second call does nothing.

    It ends a run, whose own end it must not change: what goes wrong is logged, and the next one tries again.
    """
    choice = config.report
    if not choice.channels:
        return
    from flows.reports.make import week_named
    from flows.reports.send import is_told, send

    name = week_due(choice, now)
    if is_told(config, name):
        return
    try:
        sent = send(config, week_named(name), now)
    except NothingPublished:
        return
    except Exception as error:  # noqa: BLE001 - a report may not make a run fail
        log.warning("the weekly report was not sent: %(why)s", {"why": f"{type(error).__name__}: {error}"})
        return
    log.info("the weekly report of %(week)s: %(sent)s", {"week": name, "sent": sent})


def week_due(choice: ReportChoice, now: datetime) -> str:
    """The week that the last report tells, such as 2026-W40: the last that was over before its day began."""
    day = last_due(choice, now).date()
    year, number, _ = (day - timedelta(day.weekday() + 7)).isocalendar()
    return f"{year}-W{number:02}"
