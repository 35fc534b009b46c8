"""Calibration: one temperature for sentiment, one threshold a topic, both chosen on validation texts.

Thresholds of rare topics are drawn towards the threshold that is best for all topics together, so that
a handful of texts cannot move them far.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

GRID = np.round(np.arange(0.10, 0.81, 0.02), 2)
# So many true cases weigh as much as the pooled threshold does.
PRIOR_CASES = 200.0


@dataclass(frozen=True, slots=True)
class Calibration:
    """What turns logits into decisions."""

    temperature: float
    thresholds: tuple[float, ...]


def sigmoid(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Element-wise logistic function."""
    return 1 / (1 + np.exp(-logits))


def softmax(logits: NDArray[np.float64], temperature: float = 1.0) -> NDArray[np.float64]:
    """Row-wise probabilities of logits divided by the temperature."""
    scaled = logits / temperature
    powers = np.exp(scaled - scaled.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)


def temperature(logits: NDArray[np.float64], classes: NDArray[np.int64]) -> float:
    """The temperature with the least negative log-likelihood, by grid (0.5 to 3)."""
    rows = np.arange(len(classes))

    def loss(t: float) -> float:
        return float(-np.log(softmax(logits, t)[rows, classes] + 1e-12).mean())

    return float(min(np.round(np.arange(0.5, 3.01, 0.02), 2), key=loss))


def _f1(true: NDArray[np.bool_], chosen: NDArray[np.bool_]) -> float:
    both = float((true & chosen).sum())
    return 2 * both / max(float(true.sum() + chosen.sum()), 1.0)


def thresholds(logits: NDArray[np.float64], topics: NDArray[np.bool_]) -> tuple[float, ...]:
    """Per-topic thresholds that raise micro-F1, shrunk towards the best common one."""
    scores = sigmoid(logits)
    pooled = float(max(GRID, key=lambda t: _f1(topics, scores >= t)))
    found = []
    for n in range(topics.shape[1]):
        own = _smoothed_best(scores[:, n], topics[:, n])
        weight = float(topics[:, n].sum())
        share = weight / (weight + PRIOR_CASES)
        found.append(round(share * own + (1 - share) * pooled, 3) if weight else round(pooled, 3))
    return tuple(found)


def _smoothed_best(scores: NDArray[np.float64], true: NDArray[np.bool_]) -> float:
    """The middle of the plateau: the peak of F1 averaged over five neighbouring thresholds."""
    curve = np.array([_f1(true, scores >= t) for t in GRID])
    padded = np.pad(curve, 2, mode="edge")
    smooth = np.convolve(padded, np.ones(5) / 5, mode="valid")
    return float(GRID[int(np.argmax(smooth))])


def calibrate(
    sentiment: NDArray[np.float64],
    topic: NDArray[np.float64],
    classes: NDArray[np.int64],
    topics: NDArray[np.bool_],
) -> Calibration:
    """Both from the same validation texts."""
    return Calibration(temperature(sentiment, classes), thresholds(topic, topics))
