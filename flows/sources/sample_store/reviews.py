"""The people: who writes when, with how many stars, who changes the text, whom the developer answers."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flows.sources.sample_store.story import (
    REDESIGN,
    REPAIR,
    SEED,
    WRITES,
    Dice,
    Edition,
    day_of,
    mean_stars,
    phase,
    ratings_a_day,
    star_shares,
    versions,
)
from flows.sources.sample_store.texts import Decks, Said, Scene, reply_to, say, say_special, say_title, words

# Minutes past midnight in Japan; people write at lunch and in the evening.
_HOURS = (2, 1, 1, 1, 1, 2, 4, 6, 6, 5, 5, 6, 9, 7, 5, 5, 5, 6, 8, 10, 12, 13, 11, 6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """Where reviews stand together: a language of Google Play or a country of the App Store."""

    store: str
    place: str
    """Where its ratings are counted: google_play, jp, us."""
    language: str
    share: float
    """Of the place's written reviews."""


SHELVES = {
    ("google_play", "ja"): Shelf(store="google_play", place="google_play", language="ja", share=0.85),
    ("google_play", "en"): Shelf(store="google_play", place="google_play", language="en", share=0.15),
    ("app_store", "jp"): Shelf(store="app_store", place="jp", language="ja", share=1.0),
    ("app_store", "us"): Shelf(store="app_store", place="us", language="en", share=1.0),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A review as it stands from a moment on."""

    key: str
    """32 hex digits, the same for every state of a review."""
    day: float
    """Story day of writing, or of the last change of words or stars."""
    seen_from: float
    """Story day from which it stands so; later than `day` when only the developer's answer came."""
    stars: int
    title: str
    text: str
    version: str | None
    votes: int
    reply: str | None = None
    reply_day: float | None = None


def written(edition: Edition, shelf: Shelf, last_day: int) -> Iterator[State]:
    """Every state of every review that was there by the end of a story day, in no order of time.

    A later `last_day` only adds states.
    """
    decks = Decks(shelf.store, shelf.language, shelf.place)
    for day in range(last_day + 1):
        shares = [s * w for s, w in zip(star_shares(mean_stars(shelf.store, day + 0.5)), WRITES, strict=True)]
        people = ratings_a_day(edition, shelf.store, shelf.place, day) * sum(shares) * shelf.share
        count = Dice(SEED, "people", shelf.store, shelf.place, shelf.language, day).poisson(people)
        for number in range(count):
            dice = Dice(SEED, "review", shelf.store, shelf.place, shelf.language, day, number)
            for state in _life(dice, decks, shelf, day, shares):
                if state.seen_from < last_day + 1:
                    yield state


def _life(dice: Dice, decks: Decks, shelf: Shelf, day: int, shares: list[float]) -> Iterator[State]:
    """One review, with the states it goes through."""
    moment = day + (dice.weighted(_HOURS) * 60 + dice.between(0, 59)) / 1440 + dice.between(0, 59) / 86_400
    scene = Scene(
        store=shelf.store,
        language=shelf.language,
        phase=phase(shelf.store, moment),
        stars=1 + dice.weighted(shares),
    )
    said, scene = _first_words(dice, decks, scene)
    first = State(
        key=f"{dice.word():016x}{dice.word():016x}",
        day=moment,
        seen_from=moment,
        stars=scene.stars,
        title=say_title(dice, decks, scene, said.theme) if shelf.store == "app_store" else "",
        text=said.text,
        version=_version(dice, scene, moment),
        votes=dice.poisson(0.6 if scene.stars > 2 else 1.8),
    )
    yield first
    now = first
    for later in (_answered(dice, first, said, scene), _change(dice, decks, first, said, scene)):
        if later is not None:
            now = _after(now, later)
            yield now


Changes = dict[str, Any]


def _after(state: State, changes: Changes) -> State:
    """The next state; a change never comes before what it changes."""
    day = max(float(changes["seen_from"]), state.seen_from + 0.01)
    moved: Changes = {"seen_from": day, "day": day if "day" in changes else state.day}
    # dataclasses.replace costs ten times as much, and this runs for every answer
    values: dict[str, Any] = {name: getattr(state, name) for name in State.__slots__}
    return State(**(values | changes | moved))


def _first_words(dice: Dice, decks: Decks, scene: Scene) -> tuple[Said, Scene]:
    odd = dice.share()
    if odd > 0.0075:
        return say(dice, decks, scene), scene
    said, stars = say_special(dice, decks, scene, "personal" if odd < 0.0045 else "hostile")
    return said, Scene(store=scene.store, language=scene.language, phase=scene.phase, stars=stars)


def _version(dice: Dice, scene: Scene, moment: float) -> str | None:
    """What the person has installed: mostly the newest, sometimes the one before, sometimes unknown."""
    unknown = dice.chance(0.12 if scene.store == "google_play" else 0.02)
    known = [
        v
        for v in versions(scene.store, math.floor(moment))
        if v.day <= moment and phase(scene.store, v.day) in _SPEAKS_OF[scene.phase]
    ]
    newest = known[-1]
    fresh = moment - newest.day
    has_newest = dice.chance(0.9 - 0.6 * math.exp(-fresh / 2))
    chosen = newest if has_newest or len(known) == 1 or scene.phase == "regression" else known[-2]
    return None if unknown else chosen.version


# A person who writes about a phase has a version of it.
_SPEAKS_OF = {
    "launch": ("launch",),
    "sag": ("launch", "sag"),
    "redesign": ("redesign",),
    "regression": ("regression",),
    "repaired": ("repaired",),
    "after": ("repaired", "after"),
}


def _answered(dice: Dice, state: State, said: Said, scene: Scene) -> Changes | None:
    """The developer answers seldom at first, and the unhappy often after the redesign."""
    early = scene.phase in ("launch", "sag")
    chance = 0.03 if early else 0.30 if scene.stars <= 2 else 0.06
    # Apple's feed shows no answers.
    if scene.store == "app_store" or not dice.chance(chance):
        return None
    day = state.day + 0.2 + 3.5 * dice.share()
    words = _PRAISED[scene.language] if scene.stars >= 4 else reply_to(dice, scene, said.theme)
    return {"seen_from": day, "reply": words, "reply_day": day}


_PRAISED = {
    "ja": "温かいお言葉をありがとうございます。引き続きよりよいアプリを目指します。",
    "en": "Thank you for your kind words.",
}


def _change(dice: Dice, decks: Decks, state: State, said: Said, scene: Scene) -> Changes | None:
    """Some take back what they wrote once it is mended; a few add a word later."""
    if scene.phase in ("launch", "sag") and scene.stars <= 2 and dice.chance(0.035):
        day = day_of(REDESIGN, scene.store) + 0.5 + 50 * dice.share() ** 2
        return _rewritten(dice, decks, state, scene, day)
    if scene.phase == "regression" and scene.stars <= 2 and dice.chance(0.30):
        day = day_of(REPAIR, scene.store) + 0.3 + 14 * dice.share() ** 2
        return _rewritten(dice, decks, state, scene, day)
    if said.theme not in ("general", "general_praise", "hostile", "personal") and dice.chance(0.025):
        day = state.day + 1 + 20 * dice.share()
        stars = max(1, min(5, scene.stars + dice.pick((-1, 0, 0, 1))))
        more = dice.pick(words("later", scene.language, "high" if scene.stars >= 4 else "low"))
        return {"seen_from": day, "day": day, "text": f"{state.text}\n{more}", "stars": stars}
    return None


def _rewritten(dice: Dice, decks: Decks, state: State, scene: Scene, day: float) -> Changes:
    stars = dice.pick((4, 5, 5, 5))
    now = Scene(store=scene.store, language=scene.language, phase=phase(scene.store, day), stars=stars)
    said = say(dice, decks, now)
    return {
        "seen_from": day,
        "day": day,
        "stars": stars,
        "title": say_title(dice, decks, now, said.theme) if state.title else "",
        "text": said.text,
        "version": _version(dice, now, day),
    }
