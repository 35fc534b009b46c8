"""Rows of the dashboard for tests: a test says only what matters to it, the rest is plain or unknown."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, date, datetime
from types import NoneType
from typing import Any, TypeVar, get_args, get_type_hints

R = TypeVar("R")
_PLAIN: dict[Any, Any] = {
    str: "x", int: 0, float: 0.0, bool: False, date: date(2026, 1, 1),
    datetime: datetime(2026, 1, 1, 12, tzinfo=UTC),
}  # fmt: skip


def row(kind: type[R], /, **wanted: Any) -> R:
    """A row of `kind`: what may be null is, unless it is wanted."""
    hints = get_type_hints(kind)
    plain = {f.name: _plain(hints[f.name]) for f in fields(kind)}  # type: ignore[arg-type]
    unknown = set(wanted) - set(plain)
    assert not unknown, f"{kind.__name__} has no {unknown}"
    return kind(**plain | wanted)


def _plain(hint: Any) -> Any:
    if NoneType in get_args(hint):
        return None
    return _PLAIN.get(hint, ())
