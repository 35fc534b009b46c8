"""False discoveries among several tests: q values (Benjamini and Hochberg 1995). Pure.

`scipy.stats.false_discovery_control` says the same to the last bit; importing `scipy.stats` for these lines
takes every process that analyses two seconds.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.ratings.intervals import Floats


def q_values(p_values: Sequence[float] | Floats) -> Floats:
    """The q value of each test, in their order: the share of false discoveries among all that are as clear.

    `p_values` (tests) lie within 0..1; a ValueError where one does not.
    """
    p = np.asarray(p_values, dtype=np.float64)
    if not ((p >= 0) & (p <= 1)).all():
        raise ValueError("a p value lies outside of 0..1")
    order = p.argsort()
    ranks = np.arange(1, len(p) + 1)
    found = np.empty_like(p)
    found[order] = np.minimum.accumulate((p[order] * (len(p) / ranks))[::-1])[::-1]
    return np.clip(found, 0, 1)
