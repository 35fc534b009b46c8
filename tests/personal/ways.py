"""Ways to write twelve digits: scripts, marks, separators, tags, escapes, letters for digits, parts told
apart by words, and where in a text they stand. Only My Numbers; `writers.py` has the other kinds.

The families are the classes that docs/gate.md promises. Every way has a name of its own, and is asked for by
number: `ways(20_000, seed)`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from itertools import product

from tests.personal import forms, kinds
from tests.personal.phrases import (
    ANY,
    ASCII_ESCAPES,
    ESCAPES,
    EVEN,
    GAPS_OF_LETTERS,
    LABELLED_GAPS,
    LABELS,
    LOOSE,
    MARKS,
    PARTS_2,
    PARTS_3,
    PARTS_ANY,
    SAME,
    TAGS,
    TIGHT,
)
from tests.personal.texts import Personal, text_with

Groups = list[str]
Write = Callable[[random.Random], tuple[str, str]]
"""How it is written (a NUL where the title ends), and its digits."""

SCRIPTS = forms.SCRIPTS | forms.MORE_SCRIPTS


def ways(count: int, seed: int) -> list[Personal]:
    """`count` texts, each with a My Number written in another way."""
    dice = random.Random(seed)
    known = {family: list(made) for family, made in FAMILIES.items()}
    chosen: list[tuple[str, str, Write]] = []
    # Small families whole, large ones by lot.
    left = count
    for n, (family, made) in enumerate(sorted(known.items(), key=lambda entry: len(entry[1]))):
        share = min(len(made), left // (len(known) - n))
        chosen += [(family, name, write) for name, write in dice.sample(made, share)]
        left -= share
    dice.shuffle(chosen)
    out = []
    for number, (family, name, write) in enumerate(chosen):
        written, digits = write(dice)
        out.append(text_with(number, "My Number", f"{family}: {name}", written, digits, dice))
    return out


def families() -> dict[str, int]:
    """How many ways each family has."""
    return {family: sum(1 for _ in made) for family, made in FAMILIES.items()}


def _number(dice: random.Random) -> str:
    # What docs/gate.md leaves out: digits that may all be scores, and a group that may be a year.
    while max(number := kinds.digits(dice, 12)) < "6" or {number[n : n + 2] for n in (0, 4, 8)} & {
        "19",
        "20",
    }:
        pass
    return number


def _grouped(dice: random.Random, sizes: tuple[int, ...]) -> tuple[Groups, str]:
    number = _number(dice)
    return kinds.grouped(number, sizes), number


class _Family:
    """A family is a generator that can be asked again."""

    def __init__(self, make: Callable[[], Iterator[tuple[str, Write]]]) -> None:
        self._make = make

    def __iter__(self) -> Iterator[tuple[str, Write]]:
        return self._make()


def _write(sizes: tuple[int, ...], how: Callable[[Groups, random.Random], str]) -> Write:
    def write(dice: random.Random) -> tuple[str, str]:
        groups, number = _grouped(dice, sizes)
        return how(groups, dice), number

    return write


def _to(name: str) -> Callable[[str], str]:
    table = str.maketrans(SCRIPTS["ascii"], SCRIPTS[name])
    return lambda digits: digits.translate(table)


_TO = {name: _to(name) for name in SCRIPTS}


def _plain() -> Iterator[tuple[str, Write]]:
    for name, (gap, between), sizes in product(SCRIPTS, (TIGHT | LOOSE).items(), EVEN):
        # Numerals that are letters, or close their own group, need no second sign; "no" is a letter, too.
        yield f"{name}, {gap}, {sizes}", _write(sizes, lambda g, d, b=between, t=_TO[name]: b.join(map(t, g)))


def _tight() -> Iterator[tuple[str, Write]]:
    for name, (gap, between), sizes in product(SCRIPTS, TIGHT.items(), ANY):
        yield f"{name}, {gap}, {sizes}", _write(sizes, lambda g, d, b=between, t=_TO[name]: b.join(map(t, g)))


def _marked() -> Iterator[tuple[str, Write]]:
    places = ("each", "twice", "groups", "one")
    for (mark, sign), name, place in product(
        MARKS.items(), ("ascii", "full width", "kanji", "circled"), places
    ):
        yield f"{mark}, {name}, {place}", _write((4, 4, 4), _mark(sign, place, _to(name)))


def _mark(sign: str, place: str, to: Callable[[str], str]) -> Callable[[Groups, random.Random], str]:
    def how(groups: Groups, dice: random.Random) -> str:
        number = to("".join(groups))
        match place:
            case "each" | "twice":
                return "".join(c + sign * (1 if place == "each" else 3) for c in number)
            case "groups":
                return sign.join(map(to, groups))
        at = dice.randint(1, 11)
        return number[:at] + sign + number[at:]

    return how


def _tagged() -> Iterator[tuple[str, Write]]:
    for (tag, (before, after)), sizes, name in product(
        TAGS.items(), EVEN, ("ascii", "full width", "kanji", "Arabic")
    ):
        yield (
            f"{tag}, {sizes}, {name}",
            _write(sizes, lambda g, d, b=before, a=after, t=_TO[name]: "".join(b + t(x) + a for x in g)),
        )


def _escaped() -> Iterator[tuple[str, Write]]:
    for (how, escape), name, sizes, between in product(
        ESCAPES.items(),
        ("ascii", "full width", "kanji", "mathematical bold"),
        ((12,), (4, 4, 4), (6, 6)),
        ("", " ", "-", "・"),
    ):
        yield (
            f"{how}, {name}, {sizes}, {between!r}",
            _write(sizes, lambda g, d, e=escape, t=_TO[name], b=between: b.join(e(t(x)) for x in g)),
        )
    for (how, escape), between in product(ASCII_ESCAPES.items(), ("", " ", "-")):
        yield (
            f"{how}, {between!r}",
            _write((4, 4, 4), lambda g, d, e=escape, b=between: b.join(e(x) for x in g)),
        )


def _letters() -> Iterator[tuple[str, Write]]:
    for zero, one, (gap, between), sizes in product(
        forms.ZEROS, forms.ONES, GAPS_OF_LETTERS.items(), ((12,), (4, 4, 4), (6, 6), (3, 3, 3, 3), (2,) * 6)
    ):
        if gap == "none" or len(sizes) > 1:
            yield f"{zero} {one}, {gap}, {sizes}", _letter(zero, one, between, sizes)


def _letter(zero: str, one: str, between: str, sizes: tuple[int, ...]) -> Write:
    def write(dice: random.Random) -> tuple[str, str]:
        # Eight real digits and each group with one of them: what docs/gate.md promises.
        while True:
            groups, number = _grouped(dice, sizes)
            real = [sum(c not in "01" for c in g) for g in groups]
            if (
                {"0", "1"} & set(number[1:-1])
                and sum(real) > 7
                and min(real) > 0
                and number[-1] not in "01"
                and "1111" not in number
            ):
                break
        return between.join(g.replace("0", zero).replace("1", one) for g in groups), number

    return write


def _told() -> Iterator[tuple[str, Write]]:
    names = ("ascii", "full width", "kanji", "Arabic")
    for phrases, sizes in ((PARTS_3, (4, 4, 4)), (PARTS_2, (6, 6))):
        for (what, parts), name in product(phrases.items(), names):
            yield f"{what}, {name}", _write(sizes, _phrased(parts, _to(name)))
    for (what, part), sizes, name in product(PARTS_ANY.items(), ((4, 4, 4), (6, 6), (3, 3, 3, 3)), names):
        yield f"{what}, {sizes}, {name}", _write(sizes, _phrased((part,) * len(sizes), _to(name)))
    for what, name in product(
        ("{k}桁目は{g}、", "digit {k}: {g}, ", "{k}桁目：{g}\n", "{k}: {g}\n", "{k}文字目 {g} "), names[:2]
    ):
        yield f"{what} each, {name}", _write((1,) * 12, _phrased((what,) * 12, _to(name)))


def _phrased(parts: tuple[str, ...], to: Callable[[str], str]) -> Callable[[Groups, random.Random], str]:
    def how(groups: Groups, dice: random.Random) -> str:
        del dice
        # A group that looks like a year counts as one where nothing says what it is (docs/gate.md).
        return "".join(
            part.format(
                g=to(group), n=to(str(len(group))), k=n, of=len(groups), c="①②③④⑤⑥"[(n - 1) % 6],
                th={1: "st", 2: "nd", 3: "rd"}.get(n, "th"),
            )
            for n, (part, group) in enumerate(zip(parts, groups, strict=True), start=1)
        )  # fmt: skip

    return how


def _labelled() -> Iterator[tuple[str, Write]]:
    for (label, end), (gap, between), sizes, name in product(
        LABELS.items(), LABELLED_GAPS.items(), ANY[1:], ("ascii", "full width", "kanji")
    ):
        yield (
            f"{label}{gap}, {sizes}, {name}",
            _write(
                sizes,
                lambda g, d, w=label, e=end, b=between, t=_TO[name]: w + e.replace("{g}", b.join(map(t, g))),
            ),
        )


def _same() -> Iterator[tuple[str, Write]]:
    for word, sizes, name in product(SAME, (EVEN[0], *EVEN[2:]), ("ascii", "full width", "Arabic")):
        yield f"{word}, {sizes}, {name}", _write(sizes, lambda g, d, w=word, t=_TO[name]: w.join(map(t, g)))


def _split() -> Iterator[tuple[str, Write]]:
    for (gap, between), sizes, name, at in product(
        (("none", ""), ("space", " "), ("hyphen", "-"), ("middle dot", "・")),
        ((4, 4, 4), (6, 6), (12,)),
        SCRIPTS,
        range(1, 12),
    ):
        yield f"{gap}, {sizes}, {name}, after {at}", _write(sizes, _parted(between, _to(name), at))


def _parted(between: str, to: Callable[[str], str], at: int) -> Callable[[Groups, random.Random], str]:
    def how(groups: Groups, dice: random.Random) -> str:
        del dice
        pieces, seen = [], 0
        for n, group in enumerate(groups):
            pieces.append(between if n and seen != at else "")
            for digit in group:
                pieces += ["\0" if seen == at else "", to(digit)]
                seen += 1
        return "".join(pieces)

    return how


FAMILIES = {
    "script, separator, equal groups": _Family(_plain),
    "script, space or hyphen, any groups": _Family(_tight),
    "marks and unseen": _Family(_marked),
    "tags": _Family(_tagged),
    "escapes": _Family(_escaped),
    "letters for digits": _Family(_letters),
    "parts told apart": _Family(_told),
    "behind a label": _Family(_labelled),
    "the same word between": _Family(_same),
    "title and text": _Family(_split),
}
