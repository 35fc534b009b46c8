"""Putting words into mouths: a text of the bank, its blanks filled in, with a person's habits of writing.

The bank is `bank/*.txt`: groups with a header of fields, one text a line. `## a | b | c` begins a group, `#`
a comment; `\\n` and `\\uXXXX` stand for what an editor would hide.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from flows.sources.sample_store.story import BANK, SEED, Dice, Phase

_ESCAPE = re.compile(r"\\n|\\u([0-9a-f]{4})")


@dataclass(frozen=True, slots=True)
class Group:
    """Texts of one kind."""

    fields: tuple[str, ...]
    texts: tuple[str, ...]

    @property
    def theme(self) -> str:
        return self.fields[1]

    @property
    def stars(self) -> range:
        return stars_of(self.fields[2])


def stars_of(words: str) -> range:
    """`1-2` or `5`."""
    low, _, high = words.partition("-")
    return range(int(low), int(high or low) + 1)


@cache
def groups(name: str) -> tuple[Group, ...]:
    """The groups of one file of the bank."""
    found: list[tuple[tuple[str, ...], list[str]]] = []
    for line in (BANK / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            found.append((tuple(f.strip() for f in line[3:].split("|")), []))
        elif line and not line.startswith("# "):
            found[-1][1].append(_ESCAPE.sub(lambda m: chr(int(m[1], 16)) if m[1] else "\n", line))
    return tuple(Group(fields, tuple(texts)) for fields, texts in found)


class Decks:
    """Texts dealt like cards: every text of a group comes once before any comes again.

    Which card comes depends on how many were dealt before; reviews are written in the order of time, so
    a later day never changes an earlier one.
    """

    def __init__(self, *key: object) -> None:
        self._key = key
        self._left: dict[Group, list[str]] = {}
        self._round: dict[Group, int] = {}

    def deal(self, group: Group) -> str:
        """The next text of a group."""
        left = self._left.get(group)
        if not left:
            number = self._round.get(group, 0)
            self._round[group] = number + 1
            left = Dice(SEED, *self._key, *group.fields, number).shuffled(group.texts)
            self._left[group] = left
        return left.pop()


_BLANK = re.compile(r"\{(device|oldos|n|min|proc|city|age|phone|my|mail)\}")
# Texts that stand alone: a second sentence or a closing word would spoil them.
_ALONE = ("long", "questions", "sarcasm", "dialect", "general", "general_praise")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """In which a person writes."""

    store: str
    language: str
    phase: Phase
    stars: int


@dataclass(frozen=True, slots=True)
class Said:
    """A text and what it is about."""

    text: str
    theme: str


@cache
def _choices(language: str, phase: Phase, stars: int) -> tuple[tuple[Group, ...], tuple[float, ...]]:
    """The groups that fit, with their weights. A story has words for every mood in every phase."""
    fit = [g for g in groups(language) if phase in g.fields[0].split() and stars in g.stars]
    if not fit:
        # Nobody praises the regression itself, and few are sorry that it was repaired.
        return _choices(language, "after", stars)
    return tuple(fit), tuple(float(g.fields[3]) for g in fit)


def say(dice: Dice, decks: Decks, scene: Scene) -> Said:
    """What a person writes in a scene."""
    fit, weights = _choices(scene.language, scene.phase, scene.stars)
    group = fit[dice.weighted(weights)]
    text = _fill(dice, decks.deal(group), scene)
    if group.theme in _ALONE:
        return Said(_habits(dice, text, scene) if group.theme.startswith("general") else text, group.theme)
    if dice.chance(0.36):
        other = fit[dice.weighted(weights)]
        if other.theme not in (*_ALONE, group.theme):
            text = _join(text, _fill(dice, decks.deal(other), scene), scene.language)
    if dice.chance(0.18):
        text = _join(text, dice.pick(words("closer", scene.language, mood(scene.stars))), scene.language)
    return Said(_habits(dice, text, scene), group.theme)


def say_special(dice: Dice, decks: Decks, scene: Scene, theme: str) -> tuple[Said, int]:
    """A text that keeps gate or screens honest, and its stars."""
    fit = next(g for g in groups("special") if g.fields[0] == scene.language and g.theme == theme)
    stars = min(scene.stars, fit.stars[-1])
    return Said(_fill(dice, decks.deal(fit), scene), theme), stars


def say_title(dice: Dice, decks: Decks, scene: Scene, theme: str) -> str:
    """The title of an App Store review."""
    fit = [
        g for g in groups("titles") if g.fields[0] == scene.language and scene.stars in stars_of(g.fields[1])
    ]
    named = [g for g in fit if g.fields[2] == theme]
    about = named and dice.chance(0.6)
    return decks.deal(named[0] if about else next(g for g in fit if g.fields[2] == "any"))


def reply_to(dice: Dice, scene: Scene, theme: str) -> str:
    """A developer's answer; a repair is spoken of only where there was one."""
    mine = [
        g
        for g in groups("replies")
        if g.fields[0] == scene.language and (g.fields[2] == "any" or scene.phase in g.fields[2].split())
    ]
    named = [g for g in mine if theme in g.theme.split()]
    return dice.pick((named or [g for g in mine if g.theme == "any"])[0].texts)


@cache
def words(kind: str, language: str, last: str) -> tuple[str, ...]:
    """The words of a kind for a language and a mood or store; `any` in the bank fits all."""
    return next(
        g.texts
        for g in groups("words")
        if g.fields[0] == kind and g.fields[1] in (language, "any") and g.fields[2] in (last, "any")
    )


def mood(stars: int) -> str:
    return "low" if stars <= 2 else "mid" if stars == 3 else "high"


def _join(first: str, second: str, language: str) -> str:
    if language == "en":
        return f"{first if first[-1] in '.!?)' else first + '.'} {second}"
    return f"{first if first[-1] in '。！？!?）…' else first + '。'}{second}"


def _habits(dice: Dice, text: str, scene: Scene) -> str:
    """Punctuation, capitals and emoji as people leave them."""
    text = _japanese_habits(dice, text, scene) if scene.language == "ja" else _english_habits(dice, text)
    if dice.chance(0.07):
        text += dice.pick(words("emoji", scene.language, mood(scene.stars))) * (3 if dice.chance(0.2) else 1)
    return text


def _japanese_habits(dice: Dice, text: str, scene: Scene) -> str:
    bare = text.rstrip("。")
    tail = "！" if scene.stars > 3 else "。。。"
    habit = dice.weighted((22, 4, 5, 6, 63))
    return (bare, bare + "！！", bare + tail, text.replace("。", "。\n", 1).strip(), text)[habit]


def _english_habits(dice: Dice, text: str) -> str:
    bare = text.rstrip(".")
    habit = dice.weighted((10, 3, 15, 5, 8, 59))
    return (text.lower(), text.upper(), bare, bare + "!!!", text.replace("'", ""), text)[habit]


def _fill(dice: Dice, text: str, scene: Scene) -> str:
    """Fill the blanks; the same blank twice says the same."""
    said = {blank: _word(dice, blank, scene) for blank in dict.fromkeys(_BLANK.findall(text))}
    return _BLANK.sub(lambda blank: said[blank[1]], text)


def _word(dice: Dice, blank: str, scene: Scene) -> str:
    match blank:
        case "phone":
            # 090-0000 is not assigned; 202-555-01xx is kept for fiction.
            number = dice.between(1000, 9999)
            return f"090-0000-{number}" if scene.language == "ja" else f"+1 202-555-01{number % 100:02d}"
        case "mail":
            return f"tester{dice.between(10, 99)}@mail.example"
        case "my":
            return _twelve_digits(dice)
        case _:
            return dice.pick(words(blank, scene.language, scene.store))


def _twelve_digits(dice: Dice) -> str:
    """Twelve random digits as people write them."""
    digits = "".join(str(dice.between(0, 9)) for _ in range(12))
    form = dice.between(0, 3)
    parts = [digits[n : n + 4] for n in (0, 4, 8)]
    if form == 0:
        return digits
    if form == 1:
        return "-".join(parts)
    if form == 2:
        return " ".join(parts)
    return digits.translate({ord("0") + n: ord("０") + n for n in range(10)})
