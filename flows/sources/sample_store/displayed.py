"""What the stores display: each by its own rule, from the same daily ratings.

Google Play shows an average that weighs recent ratings more (its rule is not public; here every rating
loses half its weight in 55 days). The App Store shows the plain average of all ratings of a country
since the developer last reset the summary, which here happens with the redesign.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flows.sources.sample_store.story import REDESIGN, WRITES, Edition, day_of, stars_given

HALF_LIFE = 55.0
# Before the launch a pilot with few people: without it the first day's score would be one day's noise.
_PILOT = (60.0, 22.0, 24.0, 30.0, 64.0)


@dataclass(frozen=True, slots=True)
class Displayed:
    """What a store shows at the end of a story day."""

    score: float
    """0 where there are no ratings, as the App Store writes it."""
    ratings: int
    written: int
    stars: tuple[int, ...]
    """Google Play: the re-weighted histogram; App Store: empty."""


def google_play(edition: Edition, last_day: int) -> Iterator[Displayed]:
    """What Google Play shows, day by day."""
    decay = 0.5 ** (1 / HALF_LIFE)
    weights = list(_PILOT)
    ratings, written = sum(_PILOT), 0.0
    for day in range(last_day + 1):
        given = stars_given(edition, "google_play", "google_play", day)
        weights = [decay * w + g for w, g in zip(weights, given, strict=True)]
        ratings += sum(given)
        written += sum(g * w for g, w in zip(given, WRITES, strict=True))
        total = sum(weights)
        yield Displayed(
            score=sum(star * w for star, w in enumerate(weights, start=1)) / total,
            ratings=int(ratings),
            written=int(written),
            stars=tuple(round(ratings * w / total) for w in weights),
        )


def app_store(edition: Edition, country: str, last_day: int) -> Iterator[Displayed]:
    """What the App Store shows in one country, day by day."""
    reset = int(day_of(REDESIGN, "app_store"))
    stars, ratings = 0, 0
    for day in range(last_day + 1):
        if day == reset:
            stars, ratings = 0, 0
        else:
            given = stars_given(edition, "app_store", country, day)
            stars += sum(star * g for star, g in enumerate(given, start=1))
            ratings += sum(given)
        score = stars / ratings if ratings else 0.0
        yield Displayed(score=score, ratings=ratings, written=0, stars=())
