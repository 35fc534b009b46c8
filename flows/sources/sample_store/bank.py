"""Reading the bank of texts: `bank/*.txt`, groups with a header of fields, one text a line.

`## a | b | c` begins a group, `#` a comment; `\\n` and `\\uXXXX` stand for what an editor would hide.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from flows.sources.sample_store.dice import Dice
from flows.sources.sample_store.story import BANK, SEED

_ESCAPE = re.compile(r"\\n|\\u([0-9a-f]{4})")


@dataclass(frozen=True, slots=True)
class Group:
    """Texts of one kind."""

    fields: tuple[str, ...]
    texts: tuple[str, ...]

    @property
    def theme(self) -> str:
        return self.fields[1]

    @property
    def stars(self) -> range:
        return stars_of(self.fields[2])


def stars_of(words: str) -> range:
    """`1-2` or `5`."""
    low, _, high = words.partition("-")
    return range(int(low), int(high or low) + 1)


@cache
def groups(name: str) -> tuple[Group, ...]:
    """The groups of one file of the bank."""
    found: list[tuple[tuple[str, ...], list[str]]] = []
    for line in (BANK / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            found.append((tuple(f.strip() for f in line[3:].split("|")), []))
        elif line and not line.startswith("# "):
            found[-1][1].append(_ESCAPE.sub(lambda m: chr(int(m[1], 16)) if m[1] else "\n", line))
    return tuple(Group(fields, tuple(texts)) for fields, texts in found)


class Decks:
    """Texts dealt like cards: every text of a group comes once before any comes again.

    Which card comes depends on how many were dealt before; reviews are written in the order of time, so
    a later day never changes an earlier one.
    """

    def __init__(self, *key: object) -> None:
        self._key = key
        self._left: dict[Group, list[str]] = {}
        self._round: dict[Group, int] = {}

    def deal(self, group: Group) -> str:
        """The next text of a group."""
        left = self._left.get(group)
        if not left:
            number = self._round.get(group, 0)
            self._round[group] = number + 1
            left = Dice(SEED, *self._key, *group.fields, number).shuffled(group.texts)
            self._left[group] = left
        return left.pop()
