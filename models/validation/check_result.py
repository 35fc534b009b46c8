"""How often something happened in so many trials of a self-check, and what was promised of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from models.ratings.counts import MEAN_STARS, ReviewCounts, date_of
from models.ratings.release_impact import Impact, Release
from models.ratings.verdicts import release_verdicts

STEP = 0.5
"""Stars that are planted."""
VERDICTS = ("better", "worse")
FEW_FALSE = "<= 5 %"
COVERS = "93-97 %"
NEARLY_ALL = ">= 95 %"
REPORTED = "reported"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """`hits` in `trials` of a test; `n` is reviews a side, None as they came; `effect` is in stars."""

    test: str
    measure: str
    n: int | None
    effect: float
    trials: int
    hits: int
    target: str


def stars_impact(counts: ReviewCounts, day: int) -> Impact:
    """What is said of the mean stars at a release on `day`, the only one of the app."""
    release = Release("audited", date_of(day))
    impacts = release_verdicts(counts, [release], (), [])
    return next(i for i in impacts if i.measure == MEAN_STARS)
