"""Shares of sentiment and topics with the classifier's own error in them.

A share that is counted is one of what the model *said*: of the texts with a label it finds a part
(sensitivity), and it gives the label to a part of the others, too (fall-out). Both are known from labelled
texts of a language, app by app (`models/bundled/confusion.json`). From them follows the share that is really
there, and how sure it is: adjusted classify and count (Rogan and Gladen 1978; Forman 2008), with the interval
of Lang and Reiczigel (2014) around the engine's interval of the counted share.

Labelled texts are of other apps. How far the error of one app is from that of another is part of the error:
rates of apps scatter as a beta-binomial (Crowder 1978) with an intra-class correlation, `ALIKE`. Chosen among
the alternatives by measured bias, width and coverage: `benchmarks/prevalence.py`, docs/statistics.md.

`warehouse/macros/prevalence.sql` is the same in SQL; a test holds the two together to 1e-9. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.ratings.intervals import Z95, Floats, difference_interval

ALIKE = {"sentiment": (0.02, 0.02), "topics": (0.06, 0.02)}
"""How alike two texts of one app are in being read rightly: the intra-class correlation of sensitivity and of
fall-out, by task, as apps of two classifiers have it (docs/statistics.md)."""
PRIOR_TEXTS = 2.0
"""A label's rates are drawn to those of all labels of its language as if by so many texts."""
LEAST_POSITIVE = 10
"""A label with fewer labelled texts in a language has no known error there."""
LEAST_CONTRAST = 0.05
"""Below it (sensitivity less fall-out) what the model says tells nothing of a share."""
_NAMES = ("sensitivity", "sensitivity_variance", "fall_out", "fall_out_variance")


@dataclass(frozen=True, slots=True, eq=False)
class Rates:
    """How labels are read in an app of which no text is labelled; arrays of one shape, NaN where not known.

    `sensitivity` is the part of the texts with a label that get it, `fall_out` the part of the others that
    do; variances are of the app's own rates about them.
    """

    sensitivity: Floats
    sensitivity_variance: Floats
    fall_out: Floats
    fall_out_variance: Floats

    def of(self, label: int) -> Rates:
        """Those of one label, (1,)."""
        return Rates(*(getattr(self, name)[label : label + 1] for name in _NAMES))


def sentiment_counts(matrices: ArrayLike) -> NDArray[np.int64]:
    """(apps, labels, 4): found, texts with the label, given wrongly, other texts.

    `matrices` is (apps, labels, labels), a row for each true label and a column for each that was said.
    """
    m = np.asarray(matrices, dtype=np.int64)
    found = np.diagonal(m, axis1=1, axis2=2)
    true, said = m.sum(axis=2), m.sum(axis=1)
    return np.stack([found, true, said - found, m.sum(axis=(1, 2))[:, None] - true], axis=-1)


def topic_counts(texts: ArrayLike, triples: ArrayLike) -> NDArray[np.int64]:
    """The same of topics: `texts` (apps,), `triples` (apps, labels, 3): said rightly, wrongly, missed."""
    c = np.asarray(triples, dtype=np.int64)
    found, wrong, missed = c[..., 0], c[..., 1], c[..., 2]
    true = found + missed
    return np.stack([found, true, wrong, np.asarray(texts)[:, None] - true], axis=-1)


def rates(counts: ArrayLike, alike: tuple[float, float], least: int = LEAST_POSITIVE) -> Rates:
    """Rates of the labels (labels,) from `counts` (apps, labels, 4), as `sentiment_counts` gives them.

    An app of n texts says as much as n / (1 + (n - 1) r) independent ones, r being its intra-class
    correlation. The variance is that of the mean and, on top, that of an app about it, r m (1 - m).
    """
    c = np.asarray(counts, dtype=np.float64)
    together = c.sum(axis=0)
    known = together[:, 1] >= least
    with np.errstate(invalid="ignore", divide="ignore"):
        usual = together.sum(axis=0)
        found = _rate(c[..., 0], c[..., 1], alike[0], usual[0] / usual[1])
        wrong = _rate(c[..., 2], c[..., 3], alike[1], usual[2] / usual[3])
    return Rates(*(np.where(known, values, np.nan) for values in (*found, *wrong)))


def _rate(hits: Floats, of: Floats, alike: float, usual: float) -> tuple[Floats, Floats]:
    weight = 1 / (1 + np.maximum(of - 1, 0) * alike)
    texts = (of * weight).sum(axis=0) + PRIOR_TEXTS
    mean = ((hits * weight).sum(axis=0) + PRIOR_TEXTS * usual) / texts
    return mean, mean * (1 - mean) * (1 / texts + alike)


def with_own(known: Rates, own: ArrayLike) -> Rates:
    """The same after labelled texts of the app itself, `own` (labels, 4).

    What is known is a beta distribution of the same mean and variance, to which the app's texts are added.
    """
    k = np.asarray(own, dtype=np.float64)
    found = _updated(known.sensitivity, known.sensitivity_variance, k[:, 0], k[:, 1])
    wrong = _updated(known.fall_out, known.fall_out_variance, k[:, 2], k[:, 3])
    return Rates(*found, *wrong)


def _updated(mean: Floats, variance: Floats, hits: Floats, of: Floats) -> tuple[Floats, Floats]:
    texts = mean * (1 - mean) / variance - 1
    updated = (mean * texts + hits) / (texts + of)
    return updated, updated * (1 - updated) / (texts + of + 1)


@dataclass(frozen=True, slots=True, eq=False)
class Share:
    """Shares with their 95 % intervals, arrays of one shape."""

    mean: Floats
    low: Floats
    high: Floats


def corrected(counted: Share, known: Rates) -> Share:
    """The shares that are really there, 0..1; NaN where the rates are not known or say nothing.

    `counted` are shares of what the model said with the interval of `intervals.estimate`. The interval joins
    its width with what the rates do not tell, and holds the share.
    """
    with np.errstate(invalid="ignore"):
        contrast = known.sensitivity - known.fall_out
        contrast = np.where(contrast >= LEAST_CONTRAST, contrast, np.nan)
        middle = np.clip(((counted.low + counted.high) / 2 - known.fall_out) / contrast, 0, 1)
        unknown = middle**2 * known.sensitivity_variance + (1 - middle) ** 2 * known.fall_out_variance
        half = np.hypot((counted.high - counted.low) / 2, Z95 * np.sqrt(unknown)) / contrast
        mean = np.clip((counted.mean - known.fall_out) / contrast, 0, 1)
        low = np.minimum(np.clip(middle - half, 0, 1), mean)
        high = np.maximum(np.clip(middle + half, 0, 1), mean)
    return Share(mean, low, high)


def corrected_change(before: Share, after: Share, known: Rates) -> Share:
    """The difference that is really there, after - before, of two counted shares of one app.

    Texts that are given a label wrongly are so in both: the fall-out falls out, and errors of the
    sensitivity stretch or shrink the difference (delta method).
    """
    low, high = difference_interval(
        (before.mean, before.low, before.high), (after.mean, after.low, after.high)
    )
    with np.errstate(invalid="ignore"):
        contrast = known.sensitivity - known.fall_out
        contrast = np.where(contrast >= LEAST_CONTRAST, contrast, np.nan)
        mean = (after.mean - before.mean) / contrast
        stretched = (
            Z95 * np.abs(mean) * np.sqrt(known.sensitivity_variance + known.fall_out_variance) / contrast
        )
        below = np.hypot(mean - low / contrast, stretched)
        above = np.hypot(high / contrast - mean, stretched)
    return Share(mean, np.maximum(mean - below, -1), np.minimum(mean + above, 1))


def together(shares: Share, n: ArrayLike) -> Share:
    """The share of several languages together, from each one's, weighted by its `n` texts (first axis).

    Distances of the ends are squared and added (Zou and Donner 2008). Languages without a share do not count.
    """
    there = ~np.isnan(shares.mean)
    part = np.where(there, np.asarray(n, dtype=np.float64), 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        part = part / part.sum(axis=0)
        mean, low, high = (np.where(there, x, 0.0) for x in (shares.mean, shares.low, shares.high))
        middle = (part * mean).sum(axis=0)
        below = np.sqrt(((part * (mean - low)) ** 2).sum(axis=0))
        above = np.sqrt(((part * (high - mean)) ** 2).sum(axis=0))
    return Share(middle, middle - below, middle + above)


def with_rates(
    confusion: Mapping[str, Any], own: Mapping[str, Mapping[str, Any]] | None = None
) -> dict[str, Any]:
    """`confusion.json` with `rates` beside the counts of each measured language: one a label, or None.

    None also stands for a label with too few texts. A language in which the model is no better than TF-IDF
    has none. `own` has labelled texts of apps themselves: by app and task `labels` and, for each of
    `languages`, (labels, 4) as `sentiment_counts` has them. They make rates of the app's own, under `own` of
    the language; where the language is not measured, of these texts alone.
    """
    found: dict[str, Any] = {
        task: {
            **told,
            "languages": {
                language: entry | ({"rates": _told(task, entry["apps"])} if _is_measured(entry) else {})
                for language, entry in told["languages"].items()
            },
        }
        for task, told in confusion.items()
    }
    for app, tasks in (own or {}).items():
        for task, counted in tasks.items():
            known = found.setdefault(task, {"labels": counted["labels"], "languages": {}})
            for language, rows in counted["languages"].items():
                entry = known["languages"].setdefault(language, {"status": "not_measured", "texts": 0})
                texts = dict(zip(counted["labels"], rows, strict=True))
                usual = entry.get("rates") or [None] * len(known["labels"])
                entry.setdefault("own", {})[app] = [
                    _of_app(rate, texts.get(label))
                    for label, rate in zip(known["labels"], usual, strict=True)
                ]
    return found


def _is_measured(entry: Mapping[str, Any]) -> bool:
    return entry.get("status") == "measured" and bool(entry.get("apps"))


def _told(task: str, apps: Sequence[Any]) -> list[dict[str, float] | None]:
    counts = task_counts(task, apps)
    found = rates(counts, ALIKE[task])
    return [_rate_of(found, n, int(counts[:, n, 1].sum())) for n in range(counts.shape[1])]


def _of_app(usual: Mapping[str, float] | None, own: Sequence[int] | None) -> dict[str, float] | None:
    """The rates of one label in one app, by what is usual and by the app's own labelled texts."""
    if own is None:
        return dict(usual) if usual else None
    if usual is None:
        # of this very app: no other one's rates are to be allowed for
        return _rate_of(rates([[own]], (0.0, 0.0)), 0, int(own[1]))
    known = Rates(*(np.array([usual[name]]) for name in _NAMES))
    return _rate_of(with_own(known, [own]), 0, int(usual["n_positive"]) + int(own[1]))


def _rate_of(found: Rates, label: int, n_positive: int) -> dict[str, float] | None:
    one = found.of(label)
    if np.isnan(one.sensitivity[0]):
        return None
    return {"n_positive": n_positive} | {name: float(getattr(one, name)[0]) for name in _NAMES}


def task_counts(task: str, apps: Sequence[Any]) -> NDArray[np.int64]:
    """(apps, labels, 4) of the apps of one language, as `confusion.json` has them."""
    if task == "sentiment":
        return sentiment_counts(apps)
    return topic_counts([app["texts"] for app in apps], [app["counts"] for app in apps])
