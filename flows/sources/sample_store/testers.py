"""The alpha cohort: sixty people who opted in, saw the redesign early and said what they thought.

Two waves before the redesign. Some agreed to be tested with but not to be analysed, some not to be
quoted; each entry carries what its writer had agreed to.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from flows.sources.sample_store.bank import Decks, groups, stars_of
from flows.sources.sample_store.dice import Dice
from flows.sources.sample_store.story import SEED, Edition

FORMAT = "hoshiyomi-feedback/1"
TESTERS = 60
# (cohort, first story day, last story day, testers from, to)
_WAVES = (("alpha-1", 318, 378, 0, 36), ("alpha-2", 348, 394, 36, TESTERS))
_BUILDS = ((318, "2.0.0-alpha.1"), (332, "2.0.0-alpha.2"), (350, "2.0.0-alpha.3"), (372, "2.0.0-beta.1"))
_SCREENS = ("home", "card", "form", "login")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One piece of feedback."""

    key: str
    tester: str
    cohort: str
    language: str
    day: float
    build: str
    screen: str
    stars: int | None
    text: str
    may_analyse: bool
    may_quote: bool


def entries(language: str, last_day: int) -> Iterator[Entry]:
    """What testers of one language had sent by the end of a story day, in the order of time."""
    decks = Decks("feedback", language)
    planned = sorted(
        (when, tester, cohort)
        for cohort, first, last, low, high in _WAVES
        for tester in range(low, high)
        if _language(tester) == language
        for when in _moments(tester, first, last)
    )
    for when, tester, cohort in planned:
        if when >= last_day + 1:
            return
        yield _entry(decks, when, tester, cohort, language)


def _language(tester: int) -> str:
    return "en" if tester % 5 == 4 else "ja"


def _moments(tester: int, first: int, last: int) -> list[float]:
    dice = Dice(SEED, "tester", tester)
    return [first + (last - first) * dice.share() for _ in range(dice.between(3, 7))]


def _entry(decks: Decks, when: float, tester: int, cohort: str, language: str) -> Entry:
    dice = Dice(SEED, "feedback", tester, f"{when:.6f}")
    build = next(name for day, name in reversed(_BUILDS) if when >= day)
    late = build in ("2.0.0-alpha.3", "2.0.0-beta.1")
    good = dice.chance(0.72 if late else 0.38)
    screen = dice.pick(_SCREENS)
    fit = [
        g
        for g in groups(f"feedback_{language}")
        if g.fields[0] == ("late" if late else "early") and (g.fields[2] == "4-5") == good
    ]
    group = next((g for g in fit if g.fields[1] == screen), None) or dice.pick(fit)
    consent = Dice(SEED, "consent", tester)
    may_analyse = consent.chance(0.87)
    return Entry(
        key=f"{dice.word():016x}",
        tester=f"tester-{tester + 1:02d}",
        cohort=cohort,
        language=language,
        day=when,
        build=build,
        screen=group.fields[1],
        stars=dice.pick(list(stars_of(group.fields[2]))) if dice.chance(0.85) else None,
        text=decks.deal(group),
        may_analyse=may_analyse,
        may_quote=may_analyse and consent.chance(0.7),
    )


def payload(edition: Edition, app: str, batch: list[Entry]) -> str:
    """What the feedback form would send: see `flows.sources.alpha` for the shape."""
    items = [
        {
            "id": f"{edition.name}-{e.key}",
            "tester": e.tester,
            "cohort": e.cohort,
            "language": e.language,
            "app_version": e.build,
            "screen": e.screen,
            "rating": e.stars,
            "text": e.text,
            "submitted_at": edition.moment(e.day).isoformat(),
            "consent": {"version": "2-sample", "analyse": e.may_analyse, "quote": e.may_quote},
        }
        for e in batch
    ]
    return json.dumps(
        {"format": FORMAT, "app": app, "items": items}, ensure_ascii=False, separators=(",", ":")
    )
