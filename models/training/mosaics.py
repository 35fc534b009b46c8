"""Japanese texts put together by chance from the sentences of our own, for voters to answer.

Of app reviews in Japanese no unlabelled ones may be learnt from, so what a teacher knows of them reaches the
student through labels alone. Sentences of several seeds in a row praise, ask and complain at once, as
reviews do; what they say together nobody wrote down, the voters do.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

_END = re.compile(r"(?<=[。！？!?…])\s*|\n+")
SHORTEST, LONGEST = 4, 160
BETWEEN = ("", "", " ", "\n", "。")
_ENDED = "。！？!?…"
# how often one, two and three sentences
COUNTS = (0.3, 0.4, 0.3)


def parts(text: str) -> list[str]:
    """The sentences of a Japanese text, those of SHORTEST to LONGEST characters."""
    return [part for found in _END.split(text) if SHORTEST <= len(part := found.strip()) <= LONGEST]


def made(texts: Sequence[str], count: int, seed: int) -> list[str]:
    """At most `count` distinct texts of one to three sentences of different `texts`, sorted; the same ones
    for the same texts and seed."""
    pool = sorted({(part, n) for n, text in enumerate(sorted(set(texts))) for part in parts(text)})
    if len({n for _, n in pool}) < len(COUNTS):
        return []
    random = np.random.default_rng(seed)
    found = set()
    for many in random.choice(len(COUNTS), size=count, p=COUNTS) + 1:
        drawn = [pool[n] for n in random.integers(len(pool), size=many)]
        between = [BETWEEN[n] for n in random.integers(len(BETWEEN), size=many)]
        if len({n for _, n in drawn}) == many:
            told = [
                part + ("" if mark == "。" and part.endswith(tuple(_ENDED)) else mark)
                for (part, _), mark in zip(drawn, (*between[1:], ""), strict=True)
            ]
            found.add("".join(told))
    return sorted(found)
