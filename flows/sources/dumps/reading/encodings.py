"""Which encoding bytes are in, by what their letters would be; never by a guess that could bring mojibake in.

Every candidate that decodes is judged by how much of what is no ASCII belongs to one language that is written
in it: kana and common kanji, common hangul, Russian words, a language's own accents. A legacy encoding is
taken only where one reading is plainly right; where two remain, the user is asked.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Punctuation that every language uses.
_NEUTRAL = frozenset("　、。・「」『』！？，．…‥—–―〜～“”‘’«»•·°©®™€£¥§¡¿№×÷→←↑↓♪♥★☆○◯●◎△▲▽▼□■◆◇※〒ー々〇 ´")
# The own letters of languages with a Latin, Cyrillic or Greek alphabet, in lower case.
_ALPHABETS = {
    "cp1252": (
        "äöüß", "éèêëàâîïôûùçœæÿ", "áéíóúñü", "ãõáéíóúâêôàçü", "àèéìòùîóú", "åäöéü", "æøåéäö", "áðéíóúýþæö",
        "àçéèíïóòúü·", "ëéèïöüáó",
    ),
    "cp1250": ("ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áäčďéíľňóôšťúýž", "áéíóöőúüű", "ăâîșțşţ", "čćđšž"),
    "cp1254": ("çğıöşüâîû",),
    "cp1251": ("абвгдеёжзийклмнопрстуфхцчшщъыьэюя", "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя'"),
    "koi8_r": ("абвгдеёжзийклмнопрстуфхцчшщъыьэюя",),
    "cp1253": ("αβγδεζηθικλμνξοπρστυφχψωςάέήίόύώϊϋΐΰ",),
    "cp1255": ("אבגדהוזחטיכלמנסעפצקרשתךםןףץ",),
    "cp1256": ("ابتثجحخدذرزسشصضطظعغفقكلمنهويىةءآأإؤئپچژگ",),
}  # fmt: skip
_LEGACY = ("iso2022_jp", "cp932", "euc_jp", "cp949", "big5", "gb18030", *_ALPHABETS)
_GOOD, _DOUBTFUL, _CLEAR = 0.9, 0.75, 0.06
# Between readings as good as each other: so much kana or hangul is not met with in Chinese by chance.
_BEATS = {
    "cp932": {"big5", "gb18030", "cp949"},
    "euc_jp": {"big5", "gb18030", "cp949"},
    "cp949": {"big5", "gb18030"},
}
# Letters that stand at the end of a word only.
_FINAL = frozenset("ςךםןףץ")
_LATIN = frozenset({"cp1252", "cp1250", "cp1254"})
_FEWEST_LINES, _FEWEST_LETTERS = 2, 5
# The ten letters that make up some six of ten in texts of the languages with alphabets of their own: where
# bytes
# would be letters of two of them, this tells which. A reading must have so many of them, and so many more.
_COMMONEST = {
    "cp1251": "оеаинтсрвл", "koi8_r": "оеаинтсрвл", "cp1253": "αοιετσνηυρ", "cp1255": "יוהלארתבשמ",
    "cp1256": "اليمونرتبة",
}  # fmt: skip
_COMMON_SHARE, _COMMON_LEAD, _COMMON_LETTERS = 0.5, 0.2, 30
# Letters with an accent that are words by themselves: to (fr.), is (it.), or (es.), and (pt.), stream (sv.).
_WORDS = frozenset("àèéóòåöøíáú")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a sample is in: the encoding, or those between which nothing decides."""

    encoding: str | None
    doubtful: tuple[str, ...] = ()
    bad_lines: int = 0
    lines: int = 0


def by_mark_or_zeros(sample: bytes) -> str | None:
    """The encoding that a byte order mark, or the zeros of UTF-16 and UTF-32 without one, tell."""
    for bom, name in _BOMS:
        if sample.startswith(bom):
            return name
    quarters = [sample[n::4].count(0) for n in range(4)]
    whole = len(sample) // 4
    if whole > 4 and sample.count(0) > whole * 2:
        if quarters[3] > whole * 0.95 and quarters[2] > whole * 0.9:
            return "utf-32-le"
        if quarters[0] > whole * 0.95 and quarters[1] > whole * 0.9:
            return "utf-32-be"
    even, odd = quarters[0] + quarters[2], quarters[1] + quarters[3]
    for name, zeros, others in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        # Texts in Japanese have few zeros: those of commas, digits and line ends.
        if zeros >= 4 and zeros * 100 > len(sample) and zeros > others * 20:
            text = sample[: len(sample) // 2 * 2].decode(name, errors="replace")
            if (
                text.count("\ufffd") * 50 < len(text)
                and "\0" not in text
                and any(c in text for c in ",;\t\n{[")
            ):
                return name
    return None


def reading_of(lines: Iterable[bytes]) -> Reading:
    """Which encoding lines without a mark are in; UTF-8 unless the evidence is against it."""
    lines = list(lines)
    marked = [line for line in lines if not line.isascii()]
    escaped = [line for line in lines if b"\x1b$" in line]
    if escaped:
        text = _decoded(b"\n".join(escaped), "iso2022_jp")
        if text is not None and _japanese(text) >= _GOOD:
            return Reading("iso2022_jp")
    bad = [line for line in marked if _decoded(line, "utf-8") is None]
    if len(bad) < _FEWEST_LINES or len(bad) * 2 < len(marked):
        # A few bad rows among rows in UTF-8 are put aside one by one.
        return Reading("utf-8", (), len(bad), len(lines))
    scores = _scores(b"\n".join(marked))
    if not scores:
        return Reading("utf-8", (), len(bad), len(lines))
    weak = {name for name, (_, text) in scores.items() if _says_little(name, text)}
    if weak == set(scores):
        return Reading("utf-8", (), len(bad), len(lines))
    top = max(score for name, (score, _) in scores.items() if name not in weak)
    close = {name for name, (score, _) in scores.items() if score > top - _CLEAR and name not in weak}
    best = next(
        (n for n in _LEGACY if n in close and scores[n][0] >= _GOOD), max(close, key=lambda n: scores[n][0])
    )
    best, close = _by_commonest(best, close, scores)
    top, text = scores[best]
    # What says too little to be taken still speaks against taking another.
    close |= {name for name in weak if scores[name][0] > top - _CLEAR}
    rivals = [n for n in close if scores[n][1] != text and n not in _BEATS.get(best, ())]
    if top >= _GOOD and not rivals:
        return Reading(best, (), len(bad), len(lines))
    if top < _DOUBTFUL or len(bad) <= _FEWEST_LINES or len(bad) * 10 < len(lines):
        return Reading("utf-8", (), len(bad), len(lines))
    near = tuple(sorted(n for n, (s, _) in scores.items() if s > max(_DOUBTFUL, top - 0.2)))
    return Reading(None, near, len(bad), len(lines))


def _by_commonest(best: str, close: set[str], scores: dict[str, tuple[float, str]]) -> tuple[str, set[str]]:
    """Of readings in alphabets of their own the one that has the letters which its language has most, alone
    where
    it leads by far."""
    shares = {n: _common_share(scores[n][1], _COMMONEST[n]) for n in close if n in _COMMONEST}
    if len(shares) < 2 or len(shares) != len(close):
        return best, close
    first = max(shares, key=lambda n: shares[n])
    others = [share for n, share in shares.items() if scores[n][1] != scores[first][1]]
    is_clear = shares[first] >= _COMMON_SHARE and all(shares[first] - o >= _COMMON_LEAD for o in others)
    return (first, {first}) if is_clear and scores[first][0] >= _GOOD else (best, close)


def _common_share(text: str, commonest: str) -> float:
    """The share of some letters among those that are no ASCII; 0 where these are too few to tell."""
    letters = [c.lower() for c in _foreign(text)]
    return sum(c in commonest for c in letters) / len(letters) if len(letters) >= _COMMON_LETTERS else 0.0


def _scores(sample: bytes) -> dict[str, tuple[float, str]]:
    """For every legacy encoding in which the sample decodes: how plausible that is (0 to 1), and the text."""
    found = {}
    for name in _LEGACY:
        text = _decoded(sample, name)
        if text is None:
            # One broken character shall not hide what the others say.
            text = sample.decode(name, errors="replace")
            if text.count("\ufffd") * 50 > sum(not c.isascii() for c in text):
                continue
        score = _judges().get(name, _of_alphabets(name))(text)
        if score > 0:
            found[name] = (score, text)
    return found


def _judges() -> dict[str, Callable[[str], float]]:
    return {
        "iso2022_jp": _japanese, "cp932": _japanese, "euc_jp": _japanese, "cp949": _korean,
        "big5": lambda text: _common(text, "big5", 0xA4, 0xC6), "gb18030": lambda text: _common(text,
        "gb2312", 0xB0, 0xD7),
    }  # fmt: skip


def _foreign(text: str) -> list[str]:
    """What is no ASCII and no punctuation of every language."""
    return [c for c in text if not c.isascii() and c not in _NEUTRAL]


def _japanese(text: str) -> float:
    letters = _foreign(text)
    if not letters:
        return 0.0
    kana = sum("\u3041" <= c <= "\u30fe" for c in letters)
    wide = sum("\uff01" <= c <= "\uff5e" for c in letters)
    kanji = sum("\u4e00" <= c <= "\u9fff" and _lead(c, "euc_jp", 0xB0, 0xCF) for c in letters)
    share = (kana + wide + kanji) / len(letters)
    # No Japanese of some length goes without kana.
    return share if kana * 10 >= len(letters) or (kana and len(letters) < 30) else share * 0.7


def _korean(text: str) -> float:
    letters = _foreign(text)
    hangul = sum("\uac00" <= c <= "\ud7a3" and _lead(c, "euc_kr", 0xB0, 0xC8) for c in letters)
    return hangul / len(letters) if letters else 0.0


def _common(text: str, encoding: str, first: int, last: int) -> float:
    """The share of Chinese characters of the commoner half of a national standard."""
    letters = _foreign(text)
    return sum(_lead(c, encoding, first, last) for c in letters) / len(letters) if letters else 0.0


def _lead(c: str, encoding: str, first: int, last: int) -> bool:
    try:
        raw = c.encode(encoding)
    except UnicodeEncodeError:
        return False
    return len(raw) == 2 and first <= raw[0] <= last


def _says_little(encoding: str, text: str) -> bool:
    """Whether letters of an own alphabet are too few to tell anything: two wrong bytes would be Russian."""
    return encoding in _COMMONEST and len(set(_foreign(text))) < _FEWEST_LETTERS


def _of_alphabets(encoding: str) -> Callable[[str], float]:
    is_latin = encoding in _LATIN

    def judge(text: str) -> float:
        letters = _foreign(text)
        if not letters:
            return 0.0
        places = list(_places(text))
        return max(sum(_fits(places, set(a), is_latin)) / len(letters) for a in _ALPHABETS[encoding])

    return judge


def _places(text: str) -> Iterator[tuple[str, str, str]]:
    """Every foreign character between its neighbours."""
    padded = f" {text} "
    for before, c, after in zip(padded, padded[1:], padded[2:], strict=False):
        if not c.isascii() and c not in _NEUTRAL:
            yield before, c, after


def _fits(places: Iterable[tuple[str, str, str]], own: set[str], is_latin: bool) -> Iterator[bool]:
    """Whether each foreign character is of the alphabet and stands as it would in a word."""
    for before, c, after in places:
        beside_ascii = (before.isascii() and before.isalpha()) or (after.isascii() and after.isalpha())
        if is_latin and c.isalpha() and not before.isalpha() and not after.isalpha():
            yield c.lower() in _WORDS and c.lower() in own
        elif c not in own:
            # A capital within a word is a letter of another encoding.
            yield c.lower() in own and not before.isalpha() and (is_latin or not beside_ascii)
        else:
            yield (is_latin or not beside_ascii) and not (c in _FINAL and after.isalpha())


def _decoded(raw: bytes, encoding: str) -> str | None:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        return None
