"""Tests of the rooms that carry out remedies, by name: they move, and their names stay.

None of them is held to its claim by `conftest.py`, so each was read: it meets the fault, asks for the remedy's
words, does what they say and shows that the fault is gone.
"""

from __future__ import annotations

ELSEWHERE: dict[str, tuple[str, ...]] = {}
