"""What stands between, around and over the digits of a number: separators, marks, tags, escapes, and the
words that tell its parts apart. `ways.py` makes families of them.
"""

from __future__ import annotations

from collections.abc import Callable

from tests.personal import forms

TIGHT = forms.TIGHT
LOOSE = forms.LOOSE | {
    "dollar": "$", "percent": "%", "at": "@", "square brackets": "][", "grave": "`", "yen": "￥",
    "tilde": "~",
    "caret": "^", "ampersand": " & ", "backslash": "\\", "semicolon": ";", "quotes": '" "', "question": "?",
    "comma and space": ", ", "black circle": "●", "dagger": "†", "section": "§", "box": "│",
    "guillemets": "» «",
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
        *range(0x300, 0x339), 0x33F, 0x346, 0x34F, 0x35C, 0x36F, *range(0x483, 0x48A), 0x591, 0x5BC,
        0x610, 0x64B, 0x6D6, 0x730, 0x93C, 0xE31, 0x1AB0, 0x1DC0, *range(0x20D0, 0x20F1), 0x3099, 0x309A,
        0xA66F, 0xFE00, 0xFE0F, 0xFE20, 0x200B, 0x200D, 0x200E, 0x202A, 0x202D, 0x202E, 0x2066, 0x2068,
        0x2069, 0x061C, 0x180B, 0x2062, 0xFFF9, 0xE0101, 0xE01EF, 0xE0031, 0xE007F, 0x1D167, 0x1D173,
        0xFEFF, 0xAD, 0x115F, 0x3164, 0x2800,
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
GAPS_OF_LETTERS = {
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
