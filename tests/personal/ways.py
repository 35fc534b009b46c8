"""Ways to write twelve digits: scripts, marks, separators, tags, escapes, letters for digits, parts told apart by
words, and where in a text they stand. Only My Numbers; `writers.py` has the other kinds.

The families are the classes that docs/gate.md promises. Every way has a name of its own, and is asked for by
number: `ways(20_000, seed)`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from itertools import product

from tests.personal import forms, kinds
from tests.personal.texts import Personal, text_with

Groups = list[str]
Write = Callable[[random.Random], tuple[str, str]]
"""How it is written (a NUL where the title ends), and its digits."""

SCRIPTS = forms.SCRIPTS | forms.MORE_SCRIPTS
TIGHT = forms.TIGHT
LOOSE = forms.LOOSE | {
    "dollar": "$", "percent": "%", "at": "@", "square brackets": "][", "grave": "`", "yen": "￥", "tilde": "~",
    "caret": "^", "ampersand": " & ", "backslash": "\\", "semicolon": ";", "quotes": '" "', "question": "?",
    "comma and space": ", ", "black circle": "●", "dagger": "†", "section": "§", "box": "│", "guillemets": "» «",
    "reference": "※", "double slash": "//", "speech": "」\n「", "tab bar": "\t|\t", "heart": "♡", "note": "♪",
}  # fmt: skip
EVEN = ((4, 4, 4), (6, 6), (3, 3, 3, 3), (2,) * 6, (1,) * 12)
ANY = (
    (12,),
    (1, 11),
    (5, 7),
    (7, 5),
    (4, 8),
    (8, 4),
    (2, 10),
    (3, 4, 5),
    (3, 3, 6),
    (2, 4, 6),
    (5, 4, 3),
    *EVEN,
)
MARKS = {
    f"U+{code:04X}": chr(code)
    for code in (
        *range(0x300, 0x339), 0x33F, 0x346, 0x34F, 0x35C, 0x36F, *range(0x483, 0x48A), 0x591, 0x5BC, 0x610, 0x64B,
        0x6D6, 0x730, 0x93C, 0xE31, 0x1AB0, 0x1DC0, *range(0x20D0, 0x20F1), 0x3099, 0x309A, 0xA66F, 0xFE00, 0xFE0F,
        0xFE20, 0x200B, 0x200D, 0x200E, 0x202A, 0x202D, 0x202E, 0x2066, 0x2068, 0x2069, 0x061C, 0x180B, 0x2062,
        0xFFF9, 0xE0101, 0xE01EF, 0xE0031, 0xE007F, 0x1D167, 0x1D173, 0xFEFF, 0xAD, 0x115F, 0x3164, 0x2800,
    )
}  # fmt: skip
TAGS = {
    "b": ("<b>", "</b>"),
    "span": ('<span class="n1">', "</span>"),
    "td": ("<td>", "</td>"),
    "li": ("<li>", "</li>\n"),
    "div": ("<div>", "</div>"),
    "font": ('<font size="3">', "</font>"),
    "anchor": ("<a href='#2'>", "</a>"),
    "custom": ("<my-tag>", "</my-tag>"),
    "self-closed": ("", "<wbr/>"),
    "comment": ("", "<!-- 1 -->"),
    "image": ("", '<img src="x.png">'),
    "upper": ("<SUP>", "</SUP>"),
    "BBCode": ("[b]", "[/b]"),
    "BBCode colour": ("[color=#f00]", "[/color]"),
    "stars": ("**", "**"),
    "underscores": ("_", "_"),
    "backticks": ("`", "`"),
    "escaped tag": ("&lt;b&gt;", "&lt;/b&gt;"),
}
ESCAPES: dict[str, Callable[[str], str]] = {
    "entity": lambda t: "".join(f"&#{ord(c)};" for c in t),
    "entity without end": lambda t: "".join(f"&#{ord(c)}" for c in t),
    "padded entity": lambda t: "".join(f"&#{ord(c):07};" for c in t),
    "hexadecimal entity": lambda t: "".join(f"&#x{ord(c):x};" for c in t),
    "twice escaped": lambda t: "".join(f"&amp;#{ord(c)};" for c in t),
    "JSON": forms.escapes,
    "braces": lambda t: "".join(f"\\u{{{ord(c):x}}}" for c in t),
    "percent": forms.percent,
    "twice percent": lambda t: forms.percent(t).replace("%", "%25"),
}
ASCII_ESCAPES: dict[str, Callable[[str], str]] = {
    "x": lambda t: "".join(f"\\x{ord(c):02x}" for c in t),
    "octal": lambda t: "".join(f"\\{ord(c):03o}" for c in t),
    "percent u": lambda t: "".join(f"%u{ord(c):04x}" for c in t),
    "quoted-printable": lambda t: "".join(f"={ord(c):02X}" for c in t),
    "code points": lambda t: " ".join(f"U+{ord(c):04X}" for c in t),
}
_GAPS_OF_LETTERS = {
    "none": "",
    "space": " ",
    "hyphen": "-",
    "dot": ".",
    "middle dot": "・",
    "slash": "/",
    "no": "の",
}
# What tells the parts apart: one phrase a part; {g} is its digits, {n} how many, {k} which it is.
PARTS_3 = {
    "上中下": ("上{n}桁が{g}、", "中{n}桁が{g}、", "下{n}桁が{g}"),
    "最初 次 最後": ("最初の{n}桁は{g}、", "次の{n}桁は{g}、", "最後の{n}桁は{g}"),
    "はじめ つぎ": ("はじめの{n}けた {g} ", "つぎの{n}けた {g} ", "おわりの{n}けた {g}"),
    "頭 真ん中 末尾": ("頭{n}ケタ：{g} ", "真ん中{n}ケタ：{g} ", "末尾{n}ケタ：{g}"),
    "左から": ("左から{g}、", "真ん中{g}、", "右{g}"),
    "first digits": ("first {n} digits {g}, ", "next {n} digits {g}, ", "last {n} {g}"),
    "first four": ("the first {n} are {g}, ", "then {n} more: {g}, ", "and the final {n}: {g}"),
    "digits behind": ("{g} ({n} digits) ", "{g} ({n} digits) ", "{g} ({n} digits)"),
    "桁 behind": ("{g}（上{n}桁）", "{g}（中{n}桁）", "{g}（下{n}桁）"),
    "letters": ("A: {g} ", "B: {g} ", "C: {g}"),
    "first then last": ("first {g}, ", "then {g}, ", "last {g}"),
}
PARTS_2 = {
    "前半 後半": ("前半{n}桁は{g}、", "後半{n}桁は{g}"),
    "前半 だけ": ("前半は{g}、", "後半は{g}"),
    "上下": ("上{n}桁：{g}／", "下{n}桁：{g}"),
    "first half": ("first half {g}, ", "second half {g}"),
    "first last digits": ("first {n} digits: {g}; ", "last {n} digits: {g}"),
}
PARTS_ANY = {
    "numbered": "\n{k}) {g}",
    "colon": "\n{k}: {g}",
    "full stop": "\n{k}. {g}",
    "kanji comma": "\n{k}、{g}",
    "brackets": "({k}) {g} ",
    "square": "[{k}] {g}\n",
    "equals": "{k}={g} ",
    "つ目": "{k}つ目は{g}、",
    "番目": "{k}番目が{g} ",
    "行目": "{k}行目：{g}\n",
    "その": "その{k} {g} ",
    "第": "第{k}部 {g}、",
    "No.": "No.{k} {g} ",
    "part": "part {k}: {g}, ",
    "line": "line {k} is {g}\n",
    "block": "block #{k} {g}; ",
    "behind": "{g}({k}) ",
    "arrow": "{g}←{k} ",
    "of": "({k}/{of}) {g} ",
    "circled": "{c}{g} ",
    "bullet": "\n・{g}",
    "ordinal": "{k}{th}: {g}, ",
}
LABELS = {
    "マイナンバーは": "{g}です",
    "個人番号：": "{g}",
    "私の個人番号 ": "{g}円",
    "My Number: ": "{g}",
    "my number is ": "{g}, thanks",
    "Individual Number ": "{g}",
    "12桁の番号は": "{g}",
    "my 12-digit number ": "{g}",
    "ﾏｲﾅﾝﾊﾞｰ ": "{g}",
    "まいなんばー ": "{g}",
}
LABELLED_GAPS = {
    "slash": "/",
    "comma": ",",
    "dot": ".",
    "middle dot": "・",
    "colon": ":",
    "no": "の",
    "と": "と",
    "wave": "〜",
}
SAME = ("と", " and ", "、つぎに", " then ", "x", "のあと", " next ", "そして", "ね、", "アンド")


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


def _plain() -> Iterator[tuple[str, Write]]:
    for name, (gap, between), sizes in product(SCRIPTS, (TIGHT | LOOSE).items(), EVEN):
        # Numerals that are letters, or close their own group, need no second sign; "no" is a letter, too.
        yield f"{name}, {gap}, {sizes}", _write(sizes, lambda g, d, b=between, t=_to(name): b.join(map(t, g)))


def _tight() -> Iterator[tuple[str, Write]]:
    for name, (gap, between), sizes in product(SCRIPTS, TIGHT.items(), ANY):
        yield f"{name}, {gap}, {sizes}", _write(sizes, lambda g, d, b=between, t=_to(name): b.join(map(t, g)))


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
            _write(sizes, lambda g, d, b=before, a=after, t=_to(name): "".join(b + t(x) + a for x in g)),
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
            _write(sizes, lambda g, d, e=escape, t=_to(name), b=between: b.join(e(t(x)) for x in g)),
        )
    for (how, escape), between in product(ASCII_ESCAPES.items(), ("", " ", "-")):
        yield (
            f"{how}, {between!r}",
            _write((4, 4, 4), lambda g, d, e=escape, b=between: b.join(e(x) for x in g)),
        )


def _letters() -> Iterator[tuple[str, Write]]:
    for zero, one, (gap, between), sizes in product(
        forms.ZEROS, forms.ONES, _GAPS_OF_LETTERS.items(), ((12,), (4, 4, 4), (6, 6), (3, 3, 3, 3), (2,) * 6)
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
                lambda g, d, w=label, e=end, b=between, t=_to(name): w + e.replace("{g}", b.join(map(t, g))),
            ),
        )


def _same() -> Iterator[tuple[str, Write]]:
    for word, sizes, name in product(SAME, (EVEN[0], *EVEN[2:]), ("ascii", "full width", "Arabic")):
        yield f"{word}, {sizes}, {name}", _write(sizes, lambda g, d, w=word, t=_to(name): w.join(map(t, g)))


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
