"""alerts.toml: who is told what, by which channel, and when not; docs/alerts.md.

No secret stands in it: an address with a password or a token comes from the environment (`url_env`) or from a
file for its owner only (`url_file`).
"""

from __future__ import annotations

import os
import re
import stat
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import time
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, SecretStr, model_validator

from flows.config.apps import App, Topic
from flows.config.schedules import Zone
from flows.config.tables import (
    File,
    Flag,
    Table,
    Text,
    Whole,
    WrongTable,
    between,
    like,
    listed,
    must,
    nearest,
    one_of,
    read_toml,
    validated,
)
from flows.errors import ConfigError
from warehouse.private import OTHERS

FILE = "alerts.toml"
KINDS = (
    "star_alarm", "text_alarm", "topic_burst", "release_watch", "displayed_score", "source_silent",
    "coverage_lost", "schedule_missed", "erasure_overdue", "disk_short", "refresh_failed",
)  # fmt: skip
OF_APPS = KINDS[:7]
"""Kinds that are about an app; the others are about the machine."""
LANGUAGES = ("ja", "en")
DIRECTIONS = ("worse", "better", "both")
ROLES = ("director", "cxo", "product", "engineering", "policy", "support")
"""Names of owners that a matrix organisation usually has; any other name may be given as well."""
APP_OWNER, TOPIC_OWNER = "app_owner", "topic_owner"
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_NAMES = listed('["engineering"]')
_Names = Annotated[tuple[Text, ...], _NAMES]
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")


def _span(value: Any) -> Any:
    if isinstance(value, tuple):
        return value
    said = value if isinstance(value, str) else ""
    clocks = [_CLOCK.fullmatch(part.strip()) for part in said.split("-")]
    if len(clocks) != 2 or None in clocks or clocks[0][0] == clocks[1][0]:  # type: ignore[index]
        raise ValueError("must be a span such as '20:00-08:00'")
    return tuple(time(int(c[1]), int(c[2])) for c in clocks if c)


def _clock(value: Any) -> Any:
    match = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    if match is None and not isinstance(value, time):
        raise ValueError("must be a time of the day such as '08:30'")
    return time(int(match[1]), int(match[2])) if match else value


class ChannelTable(Table):
    """`[[channel]]`: an address, its language, and when it is left in peace."""

    name: Annotated[Text, like("[a-z0-9][a-z0-9-]{0,39}", "is no name such as product-slack")]
    url: Text | None = None
    """An address that holds no secret, as apprise writes it."""
    url_env: Annotated[Text, like("[A-Z_][A-Z0-9_]*", "is no name such as HOSHIYOMI_SLACK")] | None = None
    """The variable of the environment that holds the address."""
    url_file: File | None = None
    """The file that holds the address, for its owner only."""
    language: Annotated[Text, one_of(LANGUAGES)] | None = None
    timezone: Zone | None = None
    quiet: Annotated[tuple[time, time], BeforeValidator(_span)] | None = None
    """From when to when nothing is sent but what is urgent, by the channel's zone."""
    quiet_days: Annotated[tuple[Annotated[Text, one_of(DAYS)], ...], listed('["sat", "sun"]')] = ()
    """Days on which nothing is sent but what is urgent."""
    digest: Annotated[time, BeforeValidator(_clock)] | None = None
    """All of a day in one message at this time; None: each at once."""
    per_hour: Annotated[int, between(1, 60)] = 6
    """So many messages an hour; what more there is comes in one."""

    @model_validator(mode="after")
    def _has_one_address(self) -> ChannelTable:
        if sum(a is not None for a in (self.url, self.url_env, self.url_file)) != 1:
            raise WrongTable("a channel has one address. Remedy: one of url_env, url_file and url")
        if self.digest is not None and self.quiet is not None and in_span(self.digest, self.quiet):
            raise WrongTable("digest lies in the quiet hours, so nothing would ever be sent")
        return self

    def address(self) -> SecretStr:
        """The address. Raises ConfigError where it is not to be had; its words never show it."""
        if self.url is not None:
            return SecretStr(self.url)
        if self.url_env is not None:
            said = os.environ.get(self.url_env, "").strip()
            where = f"the variable {self.url_env}"
        else:
            said, where = _secret(self.name, Path(self.url_file or "")), f"the file {self.url_file}"
        if not said:
            raise ConfigError(
                f"{FILE}, channel {self.name!r}: {where} holds no address. "
                "Remedy: put the channel's address there, as docs/alerts.md shows."
            )
        return SecretStr(said)


def in_span(clock: time, span: tuple[time, time]) -> bool:
    """Whether a time of the day lies in a span, which may go over midnight; the end is outside."""
    first, last = span
    return first <= clock < last if first < last else clock >= first or clock < last


def _secret(channel: str, path: Path) -> str:
    try:
        mode = path.stat().st_mode
        said = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""
    if stat.S_IMODE(mode) & OTHERS:
        raise ConfigError(
            f"{FILE}, channel {channel!r}: others can read {path}. Remedy: `chmod 600` on that file."
        )
    return said


class OwnerTable(Table):
    """`[[owner]]`: by which channels an owner of apps.toml or topics.toml, or a role, is told."""

    name: Text
    channels: _Names
    apps: _Names = ()
    """Only for these apps (keys); none named is all."""
    owners: _Names = ()
    """Only for apps of these owners of apps.toml; none named is all."""

    @model_validator(mode="after")
    def _has_a_channel(self) -> OwnerTable:
        if not self.channels:
            raise WrongTable("no channels. Remedy: name at least one of the [[channel]] tables")
        return self

    def answers_for(self, app: str | None, owner: str | None) -> bool:
        """Whether this entry speaks for an app; what is about no app is everybody's."""
        if app is None:
            return True
        return (not self.apps or app in self.apps) and (not self.owners or owner in self.owners)


_Stars = Annotated[
    float, Field(strict=True, ge=1, le=5), must("must hold numbers from 1.0 to 5.0, such as 4.0")
]


class RuleTable(Table):
    """`[[rule]]`: what is told to whom."""

    name: Text
    kinds: Annotated[tuple[Annotated[Text, one_of(KINDS)], ...], listed('["star_alarm"]')]
    to: _Names
    """Channels, owners, roles, or app_owner and topic_owner: whoever owns what it is about."""
    apps: _Names = ()
    """Only of these apps (keys, or the store's id of an imported app); none named is all."""
    owners: _Names = ()
    """Only of apps of these owners; none named is all."""
    topics: _Names = ()
    """Of topics only these; what is about no topic is not meant then."""
    direction: Annotated[Text, one_of(DIRECTIONS)] = "worse"
    confirmed: Flag = False
    """Alarms only once later reviews have confirmed them."""
    levels: Annotated[tuple[_Stars, ...], listed("[3.0, 4.0]")] = ()
    """displayed_score: tell when it crosses one of these."""
    within_hours: Annotated[int, between(1, 24 * 31)] = 48
    """schedule_missed: a refresh is expected at least so often."""
    urgent: Flag = False
    """Goes out in quiet hours and in no digest."""

    @model_validator(mode="after")
    def _makes_sense(self) -> RuleTable:
        if not self.kinds or not self.to:
            raise WrongTable("kinds and to name at least one each")
        if ("displayed_score" in self.kinds) != bool(self.levels):
            raise WrongTable("levels and the kind displayed_score go together. Remedy: give both, or neither")
        return self


class Alerts(Table):
    """alerts.toml."""

    language: Annotated[Text, one_of(LANGUAGES)] = "en"
    """Of channels that name none."""
    timezone: Zone = "UTC"
    """Of channels that name none."""
    recent_days: Whole = 14
    """What was raised longer ago is not told for the first time: imported history rings no bell."""
    otherwise: _Names = ()
    """Channels that are told where nobody else is found."""
    channel: tuple[ChannelTable, ...] = ()
    owner: tuple[OwnerTable, ...] = ()
    rule: tuple[RuleTable, ...] = ()

    @model_validator(mode="after")
    def _fits_together(self) -> Alerts:
        channels = [c.name for c in self.channel]
        for what, names in (("channel", channels), ("rule", [r.name for r in self.rule])):
            twice = next((n for n, many in Counter(names).items() if many > 1), None)
            if twice is not None:
                raise WrongTable(f"the {what} {twice!r} is given twice")
        owners = [o.name for o in self.owner]
        for owner in self.owner:
            _known(owner.channels, channels, f"the owner {owner.name!r}")
        for rule in self.rule:
            _known(rule.to, [*channels, *owners, APP_OWNER, TOPIC_OWNER], f"the rule {rule.name!r}")
        _known(self.otherwise, channels, "otherwise")
        return self

    def language_of(self, channel: ChannelTable) -> str:
        """In which language a channel is told."""
        return channel.language or self.language

    def timezone_of(self, channel: ChannelTable) -> str:
        """By which zone a channel's clock goes."""
        return channel.timezone or self.timezone

    def recipients(
        self, rule: RuleTable, app: str | None, app_owner: str | None, topic_owner: str | None
    ) -> frozenset[str]:
        """The channels that a rule reaches for something about an app, with the owners that it has."""
        channels = {c.name for c in self.channel}
        found: set[str] = set()
        for name in rule.to:
            meant = {APP_OWNER: app_owner, TOPIC_OWNER: topic_owner}.get(name, name)
            if name in channels:
                found.add(name)
            else:
                for o in self.owner:
                    if o.name == meant and o.answers_for(app, app_owner):
                        found |= set(o.channels)
        return frozenset(found or self.otherwise)


def _known(names: Iterable[str], known: Sequence[str], who: str) -> None:
    for name in names:
        if name not in known:
            raise WrongTable(f"{who} names {name!r}, which is not there{nearest(name, known)}")


def read_alerts(folder: Path) -> Alerts:
    """The alerts.toml of a configuration folder; without one nobody is told. Raises ConfigError."""
    path = folder / FILE
    return validated(Alerts, read_toml(path), path) if path.is_file() else Alerts()


def check_names(
    alerts: Alerts, apps: Sequence[App], topics: Sequence[Topic], known: Iterable[str] | None
) -> None:
    """Refuse rules about apps, owners or topics that nobody knows: they would be silent for ever.

    `known` are apps that apps.toml does not name, those of imports; None where nobody can tell, which refuses
    nothing. Raises ConfigError.
    """
    if known is None:
        return
    keys = [*(a.key for a in apps), *known]
    owners = list(dict.fromkeys(a.owner for a in apps if a.owner))
    wanted: Mapping[str, list[str]] = {"apps": keys, "owners": owners, "topics": [t.key for t in topics]}
    for what, table in [("rule", r) for r in alerts.rule] + [("owner", o) for o in alerts.owner]:
        for field, there in wanted.items():
            for name in getattr(table, field, ()):
                if name not in there:
                    near = nearest(name, there) if there else "; none is known"
                    raise ConfigError(
                        f"{FILE}, {what} {table.name!r}: {field} names {name!r}, which nobody knows"
                        f"{near if len(there) < 50 else '.'} Remedy: write it as in apps.toml or topics.toml."
                    )
