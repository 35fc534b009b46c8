"""What `prevalence.py` compares: the share of a label in a window, by what a classifier says of it.

A method gets what is known of the classifier (labelled texts of other apps), a window with what is said of
its texts, and 100 labelled texts of the app itself, which most of them leave alone; it gives share, low and
high.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.ratings.intervals import Z95, wilson
from models.ratings.prevalence import ALIKE, Rates, Share, corrected, rates, with_own

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Told = tuple[float, float, float]
RESAMPLES = 25


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """Labelled texts of other apps: truth, what was said and probabilities, all (texts, labels)."""

    app: NDArray[np.str_]
    true: Bools
    said: Bools
    p: Floats
    label: int
    task: str


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """A window: what was said of its texts, with which probabilities; and labelled texts of the same app."""

    said: Bools
    p: Floats
    own_true: Bools
    own_said: Bools


Method = Callable[[Known, Sample, np.random.Generator], Told]


def counts(app: NDArray[np.str_], true: Bools, said: Bools) -> NDArray[np.int64]:
    """(apps, labels, 4) as models.ratings.prevalence wants them."""
    return np.stack([
        np.stack([(t & s).sum(0), t.sum(0), (~t & s).sum(0), (~t).sum(0)], axis=-1)
        for name in np.unique(app) for t, s in [(true[app == name], said[app == name])]
    ])  # fmt: skip


def _counted(known: Known, sample: Sample) -> Share:
    said = sample.said[:, known.label]
    low, high = wilson(said.sum(), len(said))
    return Share(np.atleast_1d(said.mean()), np.atleast_1d(low), np.atleast_1d(high))


def raw(known: Known, sample: Sample, _: np.random.Generator) -> Told:
    """What was said, as if the classifier did not err."""
    s = _counted(known, sample)
    return float(s.mean[0]), float(s.low[0]), float(s.high[0])


def _by_rates(known: Known, sample: Sample, found: Rates) -> Told:
    one = found.of(known.label)
    s = corrected(_counted(known, sample), one)
    if np.isnan(s.mean[0]):
        return np.nan, 0.0, 1.0
    return float(s.mean[0]), float(s.low[0]), float(s.high[0])


def acc(known: Known, sample: Sample, _: np.random.Generator) -> Told:
    """Adjusted classify and count, as if other apps were this one (Rogan-Gladen, Lang-Reiczigel)."""
    return _by_rates(known, sample, rates(counts(known.app, known.true, known.said), (0.0, 0.0)))


def ours(known: Known, sample: Sample, _: np.random.Generator) -> Told:
    """The same where rates differ from app to app: models.ratings.prevalence."""
    return _by_rates(known, sample, rates(counts(known.app, known.true, known.said), ALIKE[known.task]))


def ours_own(known: Known, sample: Sample, _: np.random.Generator) -> Told:
    """And with 100 labelled texts of the app."""
    found = rates(counts(known.app, known.true, known.said), ALIKE[known.task])
    (own,) = counts(np.zeros(len(sample.own_true), dtype=str), sample.own_true, sample.own_said)
    return _by_rates(known, sample, with_own(found, own))


def acc_matrix(known: Known, sample: Sample, rng: np.random.Generator) -> Told:
    """All sentiments at once by the inverse of the confusion matrix; Dirichlet draws make the interval."""
    if known.task != "sentiment":
        return acc(known, sample, rng)
    table = np.array([[np.sum(t & s) for s in known.said.T] for t in known.true.T], dtype=float)
    said = sample.said.sum(axis=0)

    def solved(matrix: Floats, shares: Floats) -> float:
        found = np.clip(np.linalg.lstsq(matrix.T, shares, rcond=None)[0], 0, 1)
        return float(found[known.label] / max(found.sum(), 1e-9))

    mean = solved(table / table.sum(axis=1, keepdims=True), said / said.sum())
    drawn = [
        solved(np.stack([rng.dirichlet(row + 0.5) for row in table]), rng.dirichlet(said + 0.5))
        for _ in range(4 * RESAMPLES)
    ]
    low, high = np.percentile(drawn, [2.5, 97.5])
    return mean, float(low), float(high)


def em(known: Known, sample: Sample, rng: np.random.Generator) -> Told:
    """Expectation maximisation of the prior (Saerens et al. 2002), with a bootstrap of the window."""
    p, before = sample.p, known.p.mean(axis=0)
    if known.task != "sentiment":
        p, before = (x[..., [known.label]] for x in (p, before))
        p, before = np.concatenate([1 - p, p], axis=1), np.concatenate([1 - before, before])
    label = known.label if known.task == "sentiment" else 1

    def adapted(rows: Floats) -> float:
        prior = before
        for _ in range(60):
            weighed = rows * (prior / before)
            prior = (weighed / weighed.sum(axis=1, keepdims=True)).mean(axis=0)
        return float(prior[label])

    mean = adapted(p)
    spread = np.std([adapted(p[rng.integers(0, len(p), len(p))]) for _ in range(RESAMPLES)], ddof=1)
    return mean, max(mean - Z95 * spread, 0), min(mean + Z95 * spread, 1)


def _ppi(said: Bools, true: Bools, labelled_said: Bools, tuned: bool) -> Told:
    """Prediction-powered inference of a mean (Angelopoulos et al. 2023); tuned: PPI++ (2024)."""
    n, big = len(true), len(said)
    weight = 1.0
    if tuned:
        spread = np.var(np.concatenate([said, labelled_said]), ddof=1)
        both = np.cov(true.astype(float), labelled_said.astype(float))[0, 1]
        weight = float(np.clip(both / max(spread, 1e-9) / (1 + n / big), 0, 1))
    rest = true - weight * labelled_said
    mean = weight * said.mean() + rest.mean()
    half = Z95 * np.sqrt(weight**2 * np.var(said, ddof=1) / big + np.var(rest, ddof=1) / n)
    return float(mean), max(float(mean - half), 0), min(float(mean + half), 1)


def ppi_others(known: Known, sample: Sample, _: np.random.Generator) -> Told:
    """PPI with the labelled texts of other apps."""
    n = known.label
    return _ppi(sample.said[:, n], known.true[:, n], known.said[:, n], tuned=False)


def ppi_tuned_others(known: Known, sample: Sample, _: np.random.Generator) -> Told:
    """PPI++ with the labelled texts of other apps."""
    n = known.label
    return _ppi(sample.said[:, n], known.true[:, n], known.said[:, n], tuned=True)


def ppi_own(known: Known, sample: Sample, _: np.random.Generator) -> Told:
    """PPI++ with 100 labelled texts of the app."""
    n = known.label
    return _ppi(sample.said[:, n], sample.own_true[:, n], sample.own_said[:, n], tuned=True)


METHODS: dict[str, Method] = {
    "counted (raw)": raw,
    "ACC": acc,
    "ACC by matrix": acc_matrix,
    "**ACC, rates differ by app**": ours,
    "SLD-EM": em,
    "PPI, other apps": ppi_others,
    "PPI++, other apps": ppi_tuned_others,
    "PPI++, 100 texts of the app": ppi_own,
    "**ours with 100 texts of the app**": ours_own,
}
