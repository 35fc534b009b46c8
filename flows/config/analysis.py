"""The `[analysis]` table of hoshiyomi.toml: what a person may choose about the statistics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flows.config.toml_fields import known, table, whole
from flows.errors import ConfigError

_KEYS = ("false_alarm_rate", "alarm_days", "fix_first_days")


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalysisChoice:
    """Everything here has a default; docs/statistics.md says what each does."""

    false_alarm_rate: float = 0.01
    """How often a day of an app on which nothing happened may raise an alarm, over all its topics."""
    alarm_days: int = 28
    """So many days before the data ends are judged, each against the days before it."""
    fix_first_days: int = 90
    """What to fix first is worked out from so many last days."""


def parse_analysis(document: Mapping[str, Any], file: str) -> AnalysisChoice:
    """The choices of a hoshiyomi.toml. Raises ConfigError naming file, key and remedy."""
    entry = table(document, "analysis", file)
    where = f"{file}, [analysis]"
    known(entry, _KEYS, where)
    plain = AnalysisChoice()
    return AnalysisChoice(
        false_alarm_rate=_rate(entry, "false_alarm_rate", plain.false_alarm_rate, where),
        alarm_days=whole(entry, "alarm_days", plain.alarm_days, where),
        fix_first_days=whole(entry, "fix_first_days", plain.fix_first_days, where),
    )


def _rate(entry: Mapping[str, Any], key: str, default: float, where: str) -> float:
    value = entry.get(key, default)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not 0 < value <= 0.2:
        raise ConfigError(f"{where}: {key} must be a number above 0 and at most 0.2, such as 0.01.")
    return float(value)
