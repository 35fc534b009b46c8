"""The `[retention]` table of hoshiyomi.toml: how long what is kept. Every `refresh` enforces it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flows.config.toml_fields import known, table, whole
from flows.errors import ConfigError

_KEYS = (
    "feedback_days", "ledger_days", "grace_days", "clock_jump_days", "published_files", "quarantine_days",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionChoice:
    """Everything here has a default; docs/privacy.md says what each does."""

    feedback_days: int = 730
    """Testers' feedback is erased so many days after it was sent, as if it had been withdrawn."""
    ledger_days: int = 1_095
    """The ledger's entries of a tester who withdrew are removed so many days after the withdrawal."""
    grace_days: int = 7
    """What is to go because of its age is marked and announced so many days before it goes."""
    clock_jump_days: int = 60
    """A clock so many days after the last run is not believed before somebody confirms it."""
    published_files: int = 3
    """So many publications are kept, the current one among them."""
    quarantine_days: int = 30
    """Layouts of payloads that no parser knew are removed after so many days."""


def parse_retention(document: Mapping[str, Any], file: str) -> RetentionChoice:
    """The choices of a hoshiyomi.toml. Raises ConfigError naming file, key and remedy."""
    entry = table(document, "retention", file)
    where = f"{file}, [retention]"
    known(entry, _KEYS, where)
    plain = RetentionChoice()
    choice = RetentionChoice(**{key: whole(entry, key, getattr(plain, key), where) for key in _KEYS})
    for key in ("feedback_days", "ledger_days"):
        if choice.grace_days >= getattr(choice, key):
            raise ConfigError(f"{where}: grace_days must be less than {key}, or nothing could go in time.")
    return choice
