"""Spans and counts in words for people."""

from __future__ import annotations


def counted(n: int, one: str, several: str | None = None) -> str:
    """`n` with `one`, or with `several` where it is not 1; that is `one` and an s unless it is given."""
    return f"{n:,} {one if n == 1 else several or f'{one}s'}"


def span(seconds: float) -> str:
    """A span for people, in its largest whole unit: 3 days, 2 h, 5 min, 40 s."""
    for unit, size in (("day", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {unit}{'s' if unit == 'day' and count > 1 else ''}"
    return f"{max(0, int(seconds))} s"
