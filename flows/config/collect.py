"""How often each source is asked and how a refused ask is tried again: parts of `[collect]`.

The interval is looked up from the particular to the general: the source's own name, the family it belongs to
(`[collect.app_store]` speaks for feed, lookup and adapter), `every` of `[collect]`, a day.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flows.config.toml_fields import known, table
from flows.errors import ConfigError

DAY = timedelta(days=1)
SHORTEST, LONGEST = timedelta(minutes=15), timedelta(days=7)
_FAMILIES = {
    "app_store_feed": "app_store",
    "app_store_lookup": "app_store",
    "app_store_scraper": "app_store",
}
SOURCES = ("google_play", "app_store", *_FAMILIES, "app_store_connect", "android_publisher")
"""The names that a table `[collect.<name>]` may bear."""
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_LIMITS = {"retry_rounds": (0, 10), "retry_wait_seconds": (1, 3_600), "patience_minutes": (0, 120)}


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryChoice:
    """How asks that failed for a passing reason are tried again at the end of a run."""

    rounds: int = 2
    """So often at most; 0 leaves it to the next run."""
    wait_s: int = 60
    """Before the first round; each later one waits twice as long. A longer Retry-After is kept to."""
    patience_s: int = 600
    """The run waits no longer than this in all; whoever wants a longer pause is left to a later run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intervals:
    """How often each source is asked."""

    default: timedelta = DAY
    named: tuple[tuple[str, timedelta], ...] = ()

    def of(self, source: str) -> timedelta:
        """The interval of a source, by its name in `coverage`."""
        named = dict(self.named)
        return named.get(source, named.get(_FAMILIES.get(source, ""), self.default))


def parse_retry(entry: Mapping[str, Any], where: str) -> RetryChoice:
    """The keys `retry_rounds`, `retry_wait_seconds`, `patience_minutes`. Raises ConfigError."""
    plain = {"retry_rounds": 2, "retry_wait_seconds": 60, "patience_minutes": 10}
    found = {}
    for key, (least, most) in _LIMITS.items():
        value = entry.get(key, plain[key])
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise ConfigError(f"{where}: {key} must be a whole number from {least} to {most}.")
        found[key] = value
    return RetryChoice(
        rounds=found["retry_rounds"],
        wait_s=found["retry_wait_seconds"],
        patience_s=found["patience_minutes"] * 60,
    )


def parse_intervals(entry: Mapping[str, Any], file: str) -> Intervals:
    """`every` of `[collect]` and of its tables that name a source. Raises ConfigError."""
    where = f"{file}, [collect]"
    named = []
    for source in SOURCES:
        if source not in entry:
            continue
        own = table(entry, source, where)
        inner = f"{file}, [collect.{source}]"
        known(own, ("every",), inner)
        if "every" in own:
            named.append((source, _interval(own["every"], inner)))
    default = _interval(entry["every"], where) if "every" in entry else DAY
    return Intervals(default=default, named=tuple(named))


def _interval(value: object, where: str) -> timedelta:
    match = re.fullmatch(r"([0-9]{1,4})([mhd])", value) if isinstance(value, str) else None
    if match is None:
        raise ConfigError(f"{where}: every must be a span such as '30m', '6h' or '1d'.")
    span = timedelta(**{_UNITS[match[2]]: int(match[1])})
    if not SHORTEST <= span <= LONGEST:
        raise ConfigError(
            f"{where}: every = {value!r} is out of bounds. Remedy: from '15m' (for politeness) to '7d'."
        )
    return span
