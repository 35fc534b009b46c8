"""How much a measure of an app wanders from week to week when nothing is released.

Reviews of real apps do not stay at one level between releases: news, campaigns and the season move them. A
before/after comparison that does not know how far would call most of that a release's doing. The weekly
means are modelled as a level that does a random walk plus the noise of finitely many reviews (the local level
model: Harvey 1989, Durbin and Koopman 2012, ch. 2). Its step size is not estimated but weighed: every size
on a grid keeps its likelihood, times the share of real apps that wander so much. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.ratings.counts import Daily
from models.ratings.intervals import Floats, Moments, posterior

WEEK = 7
STEPS = np.array([0.0, 0.0125, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3])
"""Step sizes a week, in standard deviations of one review."""
PRIOR = np.array([0.03, 0.05, 0.12, 0.25, 0.15, 0.12, 0.18, 0.06, 0.04])
"""How common each step size is among real apps, for stars and sentiment (docs/statistics.md)."""
TOPIC_PRIOR = np.array([0.60, 0.15, 0.10, 0.04, 0.03, 0.03, 0.03, 0.01, 0.01])
"""The same for the share of complaints by topic."""
LIMIT = 0.205
"""How far apart two adjacent spans of twelve weeks are at most taken to wander, in standard deviations of one
review (a third of a star): so that fake releases on a real dump get few verdicts (docs/statistics.md)."""
BREAK = 1.0
"""Variance of the jump that a release is free to make, so that its own effect does not count as wandering."""


def step_weights(daily: Daily, breaks: Sequence[int]) -> Floats:
    """Posterior weight of each step size of STEPS for each measure: an array (measures x steps).

    `breaks` are the days (since 1970-01-01) of releases.
    """
    means, noise = _weekly(daily)
    likelihood = _log_likelihood(means, noise, {round((b - daily.first) / WEEK) for b in breaks})
    is_topic = np.array([[topic is not None] for topic in daily.topics])
    weights = np.where(is_topic, TOPIC_PRIOR, PRIOR) * np.exp(
        likelihood - likelihood.max(axis=1, keepdims=True)
    )
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def _weekly(daily: Daily) -> tuple[Floats, Floats]:
    """Weekly means in standard deviations of one review, and the variance of each; inf where none came."""
    starts = np.arange(0, daily.days, WEEK)
    n, total, squares = (np.add.reduceat(x, starts, axis=0) for x in (daily.n, daily.total, daily.squares))
    noise = np.empty_like(n)
    means = np.zeros_like(n)
    for m, scale in enumerate(daily.scales):
        centre, variance = posterior(Moments(n[:, m].sum(), total[:, m].sum(), squares[:, m].sum()), scale)
        with np.errstate(invalid="ignore", divide="ignore"):
            noise[:, m] = np.where(n[:, m] > 0, 1 / n[:, m], np.inf)
            means[:, m] = np.where(n[:, m] > 0, (total[:, m] / n[:, m] - centre) / np.sqrt(variance), 0)
    return means, noise


def _log_likelihood(means: Floats, noise: Floats, breaks: set[int]) -> Floats:
    """Of each measure and step size, by the Kalman filter with a diffuse start: (measures x steps)."""
    steps = STEPS**2
    level = np.zeros((means.shape[1], len(steps)))
    spread = np.full_like(level, 1e6)
    found = np.zeros_like(level)
    started = np.zeros((means.shape[1], 1), dtype=bool)
    for week in range(len(means)):
        spread = spread + steps + (BREAK if week in breaks else 0.0)
        seen = np.isfinite(noise[week])[:, None]
        if not seen.any():
            continue
        total = spread + noise[week][:, None]
        error = means[week][:, None] - level
        with np.errstate(invalid="ignore"):
            gain = np.where(seen, spread / total, 0.0)
            found -= np.where(seen & started, 0.5 * (np.log(total) + error**2 / total), 0.0)
        level = level + gain * error
        spread = spread * (1 - gain)
        started |= seen
    return found


def wandering(days_before: Floats, days_after: Floats) -> Floats:
    """Variance of the difference of the mean levels of two adjacent spans, in variances of one review.

    For each step size: an array (..., steps). A random walk with variance q a week moves the mean of the next
    L weeks away from that of the last K by q (K + L) / 3. Real levels come back in the end, so the variance
    is held at LIMIT.
    """
    weeks = (np.asarray(days_before) + np.asarray(days_after))[..., None] / WEEK
    most = LIMIT**2 * (1 - np.exp(-weeks / 12)) / (1 - np.exp(-2.0))
    return np.asarray(np.minimum(STEPS**2 * weeks / 3, most))
