"""A number with the word that it counts, as the command line writes it: 1 review, 12,345 reviews."""

from __future__ import annotations


def counted(n: int, one: str, several: str | None = None) -> str:
    """`n` with `one`, or with `several` where it is not 1; that is `one` and an s unless it is given."""
    return f"{n:,} {one if n == 1 else several or f'{one}s'}"
