"""Which of several apps stands higher, and how sure that is. Pure: rows in, sentences out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dashboard.components.headlines import difference
from dashboard.components.legends import SMALL
from dashboard.i18n import Text
from dashboard.rows.reviews import AppMean


def told(whole: Mapping[str, AppMean], apps: Sequence[str]) -> list[str]:
    """The apps with enough rated reviews to tell a mean of, the highest first."""
    enough = [app for app in apps if app in whole and whole[app].n >= SMALL]
    return sorted(enough, key=lambda app: -whole[app].mean)


def headline(t: Text, whole: Mapping[str, AppMean], names: Mapping[str, str]) -> list[str]:
    """The highest against the lowest, and of which apps nothing can be told."""
    order = told(whole, list(names))
    few = [names[app] for app in names if app not in order]
    aside = [t("peers.few", names=t.listed(few), n=SMALL)] if few else []
    if len(order) < 2:
        return [t("peers.too_few"), *aside]
    best, worst = whole[order[0]], whole[order[-1]]
    apart = difference(best, worst)
    key = "peers.flat" if apart.direction == "flat" else "peers.apart"
    said = t(
        key, best=names[best.app], best_mean=_mean(t, best), worst=names[worst.app],
        worst_mean=_mean(t, worst), apart=t.stars(apart.value),
        low=_plain(t, apart.low), high=_plain(t, apart.high),
    )  # fmt: skip
    return [said, *aside]


def _plain(t: Text, size: float | None) -> str:
    """A bound of a distance, which has no sign but where it is below zero."""
    return t.stars(size) if size is None or size >= 0 else t.signed(size)


def _mean(t: Text, row: AppMean) -> str:
    return t("peers.mean", mean=t.stars(row.mean), low=t.stars(row.low), high=t.stars(row.high))
