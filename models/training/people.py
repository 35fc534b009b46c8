"""People's labels of app reviews (problem report, feature request), and what our answers say about them.

People were asked something else than our guide asks: whether a review reports a problem, whatever it is
with. In our terms that is a text that is no praise and speaks of at least one thing that can break. A request
is our topic `feature_request`. Both are probabilities, so that a model can learn from people's labels and be
measured by them in the same terms.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.training.data import SENTIMENTS, TOPICS

# What can break; the rest of the topics can be disliked without a fault.
CAN_BREAK = (
    "crash", "bug", "login", "scanning", "performance", "connectivity", "compatibility", "update",
    "notifications",
)  # fmt: skip
BREAKABLE = tuple(TOPICS.index(topic) for topic in CAN_BREAK)
REQUEST = TOPICS.index("feature_request")
PRAISE = SENTIMENTS.index("positive")
Floats = NDArray[np.float64]


def problem(tone: Floats, topics: Floats) -> Floats:
    """Probability of a problem report (texts), from tone (texts x 3) and topics (texts x 18)."""
    unbroken = np.prod(1 - topics[:, BREAKABLE], axis=1)
    found: Floats = (1 - tone[:, PRAISE]) * (1 - unbroken)
    return found


def request(topics: Floats) -> Floats:
    """Probability that a text asks for something (texts)."""
    return topics[:, REQUEST]


def best_threshold(scores: Floats, true: NDArray[np.bool_]) -> float:
    """Where to cut so that F1 is highest, by grid (0.02 to 0.98): chosen on other texts than are scored."""
    grid = np.round(np.arange(0.02, 0.99, 0.02), 2)
    return float(max(grid, key=lambda cut: f1(scores >= cut, true)))


def f1(said: NDArray[np.bool_], true: NDArray[np.bool_]) -> float:
    """2 TP / (said + true); 0 where both are empty."""
    return float(2 * (said & true).sum() / max(said.sum() + true.sum(), 1))
