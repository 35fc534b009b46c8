"""The forms in which people write a number: scripts, separators, escapes, words, lists, columns."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

Groups = Sequence[str]
"""A number's digits as its writer groups them."""

SCRIPTS = {
    "ascii": "0123456789",
    "full width": "０１２３４５６７８９",
    "kanji": "〇一二三四五六七八九",
    "kanji with circles": "○一二三四五六七八九",
    "formal kanji": "零壱弐参四五六七八九",
    "formal kanji of deeds": "零壹貳參肆伍陸漆捌玖",
    "circled": "⓪①②③④⑤⑥⑦⑧⑨",
    "circled kanji": "〇㊀㊁㊂㊃㊄㊅㊆㊇㊈",
    "parenthesised": "⓪⑴⑵⑶⑷⑸⑹⑺⑻⑼",
    "Arabic": "٠١٢٣٤٥٦٧٨٩",
    "Persian": "۰۱۲۳۴۵۶۷۸۹",
    "Devanagari": "०१२३४५६७८९",
    "superscript": "⁰¹²³⁴⁵⁶⁷⁸⁹",
    "mathematical bold": "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗",
    "monospace": "𝟶𝟷𝟸𝟹𝟺𝟻𝟼𝟽𝟾𝟿",
    "with full stops": "🄀⒈⒉⒊⒋⒌⒍⒎⒏⒐",
    "segmented": "🯰🯱🯲🯳🯴🯵🯶🯷🯸🯹",
}
MORE_SCRIPTS = {
    "Bengali": "০১২৩৪৫৬৭৮৯",
    "Thai": "๐๑๒๓๔๕๖๗๘๙",
    "Khmer": "០១២៣៤៥៦៧៨៩",
    "Tibetan": "༠༡༢༣༤༥༦༧༨༩",
    "Tamil": "௦௧௨௩௪௫௬௭௮௯",
    "NKo": "߀߁߂߃߄߅߆߇߈߉",
    "subscript": "₀₁₂₃₄₅₆₇₈₉",
    "negative circled": "⓿❶❷❸❹❺❻❼❽❾",
    "sans-serif": "𝟢𝟣𝟤𝟥𝟦𝟧𝟨𝟩𝟪𝟫",
    "double struck": "𝟘𝟙𝟚𝟛𝟜𝟝𝟞𝟟𝟠𝟡",
    "Suzhou": "〇〡〢〣〤〥〦〧〨〩",
    "Braille": "⠚⠁⠃⠉⠙⠑⠋⠛⠓⠊",
    "old kanji": "零弌弍弎四五六七八九",
    "Chinese deeds": "零壹贰叁肆伍陆柒捌玖",
    "Adlam": "𞥐𞥑𞥒𞥓𞥔𞥕𞥖𞥗𞥘𞥙",
    "Mongolian": "᠐᠑᠒᠓᠔᠕᠖᠗᠘᠙",
}
"""Those that `ways.py` adds."""
ZEROS = "OoОоΟοՕØΘⓄ𝐎○"
ONES = "Il|!ІӀΙı│¡𝐈Ⓘ"
"""Letters and signs that are written for 0 and for 1."""
TIGHT = {
    "none": "",
    "space": " ",
    "ideographic space": "\u3000",
    "no-break space": "\u00a0",
    "thin space": "\u2009",
    "hyphen": "-",
    "full-width hyphen": "－",
    "hyphen U+2010": "‐",
    "no-break hyphen": "\u2011",
    "en dash": "–",
    "em dash": "—",
    "minus": "−",
    "long vowel mark": "ー",
    "half-width vowel mark": "ｰ",
    "rule": "─",
    "spaced hyphen": " - ",
    "line": "\n",
    "Windows line": "\r\n",
    "two lines": "\n\n",
    "tab": "\t",
    "many spaces": "       ",
    "many hyphens": "------------",
    "zero-width space": "\u200b",
    "word joiner": "\u2060",
    "soft hyphen": "\u00ad",
    "byte order mark": "\ufeff",
    "ten zero-width joiners": "\u200d" * 10,
    "right-to-left mark": "\u200f",
    "break tag": "<br>",
    "paragraph tags": "</p><p>",
    "no-break entity": "&nbsp;",
    "escaped line": "\\n",
}
LOOSE = {
    "dot": ".",
    "full-width dot": "．",
    "middle dot": "・",
    "slash": "/",
    "comma": ",",
    "ideographic comma": "、",
    "ideographic stop": "。",
    "underscore": "_",
    "bar": "|",
    "colon": ":",
    "no": "の",
    "spaced no": " の ",
    "star": "★",
    "asterisk": "*",
    "number sign": "#",
    "plus": "+",
    "equals": "=",
    "apple": "🍎",
    "family": "👨‍👩‍👧",
    "hearts": "💖💖",
    "arrow": "→",
    "wave": "〜",
    "corner brackets": "」「",
    "bullet": "\n・",
    "round bullet": "\n• ",
    "dash bullet": "\n- ",
    "ellipsis": "…",
    "dots": ".....",
    "brackets": ") (",
    "flag": "🇯🇵",
}
JOINED = {
    "と": "と",
    "、つぎが": "、つぎが",
    "でそのあと": "でそのあと",
    " and ": " and ",
    " then ": " then ",
    ", next ": ", next ",
}
_KANA = ("ぜろ", "いち", "に", "さん", "よん", "ご", "ろく", "なな", "はち", "きゅう")
_KATAKANA = ("ゼロ", "イチ", "ニ", "サン", "ヨン", "ゴ", "ロク", "ナナ", "ハチ", "キュー")
_ENGLISH = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def script(name: str) -> Callable[[str], str]:
    """Writes digits in a script."""
    table = str.maketrans(SCRIPTS["ascii"], SCRIPTS[name])
    return lambda digits: digits.translate(table)


def mixed(digits: str, dice: random.Random) -> str:
    """Every digit in a script of its own."""
    return "".join(SCRIPTS[dice.choice(tuple(SCRIPTS))][int(d)] for d in digits)


def keycaps(digits: str) -> str:
    """1️⃣2️⃣3️⃣"""
    return "".join(d + "\ufe0f\u20e3" for d in digits)


def entities(text: str, dice: random.Random) -> str:
    """&#49;&#x32;&#51;"""
    return "".join(f"&#{ord(c)};" if dice.random() < 0.5 else f"&#x{ord(c):X};" for c in text)


def escapes(text: str) -> str:
    """As a program writes it into JSON: \\uff11\\uff12."""
    return "".join(f"\\u{unit:04x}" for c in text for unit in _units(c))


def _units(c: str) -> list[int]:
    raw = c.encode("utf-16-be")
    return [int.from_bytes(raw[n : n + 2], "big") for n in range(0, len(raw), 2)]


def percent(text: str) -> str:
    """As a browser writes it into an address: %31%32."""
    return "".join(f"%{byte:02X}" for byte in text.encode())


def lookalikes(digits: str) -> str:
    """O for 0 and I for 1, as old typewriters had it."""
    return digits.replace("0", "O").replace("1", "I")


def kana(digits: str, *, between: str = "", katakana: bool = False) -> str:
    """いちにさん"""
    return between.join((_KATAKANA if katakana else _KANA)[int(d)] for d in digits)


def english(digits: str, *, between: str = " ") -> str:
    """one two three"""
    return between.join(_ENGLISH[int(d)] for d in digits)


def numbered(groups: Groups) -> str:
    """1) 1234, 2) 5678, 3) 9012, each on a line."""
    return "\n".join(f"{n}) {group}" for n, group in enumerate(groups, start=1))


def circled_list(groups: Groups) -> str:
    """①1234 ②5678 ③9012"""
    return " ".join("①②③④⑤⑥⑦"[n] + group for n, group in enumerate(groups))


def upright(digits: str) -> str:
    """Vertical writing on a narrow screen: one digit a line."""
    return "\n".join(digits)
