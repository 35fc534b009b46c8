"""Reading a payload by its known layout: what is not where it should be is an error, never a None.

A store moves its layout without a word. A parser that then gives None lets an empty value pass for a
rating; here the field is named and the fetch ends as `shape_changed`.
"""

from __future__ import annotations

from collections.abc import Sequence


class ShapeError(ValueError):
    """A payload is not what the parser knows. The message names the field and where it was looked for,
    and holds nothing of the payload's own text."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


def lookup(source: object, path: Sequence[int | str]) -> object:
    """What lies at `path` in nested lists and objects; None where the path ends early."""
    for step in path:
        if isinstance(source, list) and isinstance(step, int):
            if not -len(source) <= step < len(source):
                return None
            source = source[step]
        elif isinstance(source, dict):
            source = source.get(step)
        else:
            return None
    return source


def text_at(source: object, path: Sequence[int | str], field: str) -> str:
    """A non-empty text. Raises ShapeError naming `field`."""
    value = lookup(source, path)
    if not isinstance(value, str) or not value.strip():
        raise _moved(field, path, "a text", value)
    return value


def text_or_none(source: object, path: Sequence[int | str], field: str) -> str | None:
    """A text, or None where the store gives none. Raises ShapeError for anything else."""
    value = lookup(source, path)
    if value is None:
        return None
    if not isinstance(value, str):
        raise _moved(field, path, "a text", value)
    return value if value.strip() else None


def count_at(source: object, path: Sequence[int | str], field: str) -> int:
    """A whole number, zero or more. Raises ShapeError naming `field`."""
    value = lookup(source, path)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise _moved(field, path, "a count", value)
    return value


def number_at(source: object, path: Sequence[int | str], field: str) -> float:
    """A number. Raises ShapeError naming `field`."""
    value = lookup(source, path)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _moved(field, path, "a number", value)
    return float(value)


def _moved(field: str, path: Sequence[int | str], wanted: str, found: object) -> ShapeError:
    where = ".".join(str(step) for step in path)
    return ShapeError(field, f"expected {wanted} at [{where}], found {type(found).__name__}")
