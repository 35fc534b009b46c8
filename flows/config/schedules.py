"""`[[schedule]]` of hoshiyomi.toml: which apps are asked when, where Prefect's workers run the flows.

`hoshiyomi serve` has one schedule of its own; these are the deployments of a standing Prefect
(docs/operations.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError
from pydantic import AfterValidator, model_validator

from flows.config.tables import Table, Text, WrongTable, between, like, listed

_ANY = datetime(2026, 1, 1, tzinfo=UTC)
_APPS = listed('["procedures"]')


def _is_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError(f"{name!r} is no time zone such as Asia/Tokyo") from None
    return name


Zone = Annotated[Text, AfterValidator(_is_zone)]
"""A time zone by its name."""


class ScheduleTable(Table):
    """One group of apps."""

    name: Annotated[Text, like("[a-z0-9][a-z0-9-]{0,39}", "is no name such as ministry-a")]
    apps: Annotated[tuple[Text, ...], _APPS] = ()
    """By their keys; none named is all."""
    cron: Text = "0 6 * * *"
    timezone: Zone = "UTC"
    stagger_minutes: Annotated[int, between(0, 59)] = 0
    """Above 0 every app has a deployment of its own, each so many minutes after the one before."""

    @model_validator(mode="after")
    def _is_due(self) -> ScheduleTable:
        fields = self.cron.split()
        try:
            CronSim(self.cron, _ANY)
        except CronSimError as error:
            raise WrongTable(f"cron {self.cron!r} is no cron expression ({error})") from None
        if len(fields) != 5:
            raise WrongTable(f"cron {self.cron!r} has not five fields")
        last = (max(len(self.apps), 1) - 1) * self.stagger_minutes
        if self.stagger_minutes and not (fields[0].isdecimal() and int(fields[0]) + last < 60):
            raise WrongTable(
                f"stagger_minutes = {self.stagger_minutes} does not fit cron {self.cron!r}: its minute must "
                f"be a number, and {last} minutes later must lie in the same hour"
            )
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One deployment."""

    name: str
    apps: tuple[str, ...]
    cron: str
    timezone: str
    group: str


DEFAULT = "all"


def planned(schedules: Sequence[ScheduleTable], keys: Sequence[str]) -> list[Planned]:
    """The deployments of these schedules; one for everything where there is none. `keys` are all apps'."""
    found = []
    for table in schedules or [ScheduleTable(name=DEFAULT)]:
        if not table.stagger_minutes:
            found.append(_planned(table, table.name, table.apps, table.cron))
            continue
        minute, rest = table.cron.split(maxsplit=1)
        for place, app in enumerate(table.apps or keys):
            cron = f"{int(minute) + place * table.stagger_minutes} {rest}"
            found.append(_planned(table, f"{table.name}-{app}", (app,), cron))
    return found


def _planned(table: ScheduleTable, name: str, apps: tuple[str, ...], cron: str) -> Planned:
    return Planned(name=name, apps=apps, cron=cron, timezone=table.timezone, group=table.name)
