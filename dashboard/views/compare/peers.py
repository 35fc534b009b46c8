"""Peers: the apps that a store puts into the same category. Pure: rows in, apps and a median out."""

from __future__ import annotations

import math
import re
import statistics
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from dashboard.components.legends import SMALL
from dashboard.i18n import Text
from dashboard.queries import Names
from dashboard.rows.collection import AppCategory
from dashboard.rows.reviews import PeerMean
from dashboard.sanitize import plain, short

OTHERS = 4
"""So many stand beside an app."""
FEWEST = 3
"""Of so many apps at least a median is told."""
_LONGEST = 40


@dataclass(frozen=True, slots=True)
class Median:
    """The middle of the apps of a category that have enough reviews."""

    value: float
    n_apps: int


def have_peers(rows: Sequence[AppCategory], stores: Names = None) -> dict[str, list[AppCategory]]:
    """By app: its categories that it shares with another app, in the stores that are asked."""
    found: dict[str, list[AppCategory]] = {}
    for row in rows:
        if row.n_apps > 1 and (stores is None or row.store in stores):
            found.setdefault(row.app, []).append(row)
    return found


def nearest(app: str, means: Sequence[PeerMean], known: Collection[str]) -> list[str]:
    """The app and at most OTHERS of its category, those first whose number of rated reviews is nearest (as a
    ratio); apps with too few reviews to tell only where there are no others."""
    n = {m.app: m.n for m in means}
    own = n.get(app, 0)

    def far(m: PeerMean) -> tuple[bool, float, str]:
        # Half as many and twice as many are as far, whatever the last digit of a logarithm.
        return m.n < SMALL, round(abs(math.log(m.n / max(own, 1))), 9), m.app

    others = sorted((m for m in means if m.app != app and m.app in known), key=far)
    return [app, *(m.app for m in others[:OTHERS])]


def median(means: Sequence[PeerMean]) -> Median | None:
    """The median of the means of all apps that have enough reviews; None of fewer than FEWEST such apps."""
    enough = [m.mean for m in means if m.n >= SMALL]
    return Median(statistics.median(enough), len(enough)) if len(enough) >= FEWEST else None


def named(t: Text, categories: Sequence[AppCategory]) -> str:
    """The categories by name, each with its store: what two stores call alike need not be the same."""
    return t.listed([
        t("peers.of_store", category=_name(t, c.category), store=t.store(c.store)) for c in categories
    ])  # fmt: skip


def _name(t: Text, category: str) -> str:
    """A store's word for a category; one that we do not know is shown as the store writes it."""
    words = [w for w in re.split(r"[^a-z0-9]+", category.lower()) if w not in ("", "and")]
    return t.named(f"category.{'_'.join(words)}", short(plain(category), _LONGEST))


def standing(
    t: Text, app: str, means: Sequence[PeerMean], middle: Median | None, names: Mapping[str, str]
) -> str:
    """How an app stands to the median of its category; that nothing can be told, where it cannot."""
    own = next((m for m in means if m.app == app), None)
    if middle is None:
        return t("peers.no_median", least=SMALL)
    if own is None or own.n < SMALL:
        return t("peers.median", value=t.stars(middle.value), n=middle.n_apps)
    key = "peers.near"
    if own.low is not None and own.low > middle.value:
        key = "peers.above"
    elif own.high is not None and own.high < middle.value:
        key = "peers.below"
    ends = {"low": t.stars(own.low), "high": t.stars(own.high), "mean": t.stars(own.mean)}
    return t(key, app=names[app], value=t.stars(middle.value), n=middle.n_apps, **ends)
