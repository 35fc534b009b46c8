"""What a snooper would read out of a kept text: every form back into digits, without the gate's help."""

from __future__ import annotations

import html
import json
import re
import unicodedata
from collections.abc import Iterator
from urllib.parse import unquote

from tests.personal import forms
from tests.personal.texts import Personal

_TABLES = (*forms.SCRIPTS.values(), *forms.MORE_SCRIPTS.values())
_BACK = {c: str(n) for table in _TABLES for n, c in enumerate(table)}
_SPOKEN = {
    word: str(n)
    for words in (forms._KANA, forms._KATAKANA, forms._ENGLISH)
    for n, word in enumerate(words)
    if len(word) > 1 or word not in "にニごゴ"
}
_ESCAPED = re.compile(r"[&\\%=<\[]|U\+")
_LIST = re.compile(r"^\s*[0-9]{1,2}[):.、=]|[①-⑳](?=[^①-⑳])", re.M)
_SPELLED = "|".join(sorted(_SPOKEN, key=len, reverse=True)) + "|[にニごゴ]"
_TAG = re.compile(r"<[^<>]*>|\[/?(?:b|color)[^\]]*\]")
# Which part comes next, said with a number.
_NTH = re.compile(r"[0-9]+ ?(?=桁|けた|ケタ|つ目|番目|行目|文字目|st:|nd:|rd:|th:|digits)|(?<=digit )[0-9]+")
_LOOKS = str.maketrans(
    {c: "0" for c in forms.ZEROS if c not in _BACK} | {c: "1" for c in forms.ONES if c not in _BACK}
)
_TOKEN = re.compile(rf"[0-9{re.escape(forms.ZEROS + forms.ONES)}]+")
# So many digits in a row of a long number are a piece of it; a short number counts only whole.
_PIECE = 7


def digits_of(text: str) -> str:
    """All digits of a text in order, in whatever form they are written."""
    return re.sub("[^0-9]", "", plain_digits(text))


def plain_digits(text: str) -> str:
    """A text with its escapes written out, its tags and marks gone and its digits as 0 to 9."""
    if text.isascii() and not _ESCAPED.search(text):
        return text
    text = _TAG.sub("", _written_out(text))
    return "".join(
        _BACK.get(c) or _digit(c) for c in text if unicodedata.category(c) not in _UNSEEN or c in _BACK
    )


_UNSEEN = {"Mn", "Me", "Mc", "Cf"}


def _digit(c: str) -> str:
    value = unicodedata.digit(c, None)
    return c if value is None else str(value)


def _written_out(text: str) -> str:
    text = re.sub(r"\\u\{([0-9a-fA-F]+)\}|U\+([0-9A-F]{4})", lambda m: chr(int(m[1] or m[2], 16)), text)
    text = re.sub(r"\\u([0-9a-fA-F]{4})", lambda m: json.loads(f'"{m.group()}"'), text)
    text = re.sub(
        r"%u([0-9a-f]{4})|\\x([0-9a-f]{2})|=(3[0-9])", lambda m: chr(int(m[1] or m[2] or m[3], 16)), text
    )
    text = re.sub(r"\\(0[67][0-7])", lambda m: chr(int(m[1], 8)), text)
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return unquote(unquote(html.unescape(html.unescape(text))))


def _typed(text: str) -> str:
    """With the letters that look like digits and stand among digits as digits."""
    return _TOKEN.sub(lambda m: m[0].translate(_LOOKS) if re.search("[0-9]", m[0]) else m[0], text)


def spelled_out(text: str) -> str:
    """The digits that a text spells in kana or English words."""
    found = re.findall(_SPELLED, _written_out(text).lower())
    return "".join(_SPOKEN.get(word) or {"に": "2", "ニ": "2", "ご": "5", "ゴ": "5"}[word] for word in found)


def plain_words(text: str) -> str:
    """A text in lower case, in NFKC, without its escapes."""
    return unicodedata.normalize("NFKC", _written_out(text)).lower()


def _readings(said: str) -> Iterator[str]:
    plain = plain_digits(said)
    yield plain
    yield spelled_out(said)
    yield plain_digits(_LIST.sub(" ", said))
    yield _NTH.sub(" ", _LIST.sub(" ", plain))
    yield _typed(plain)
    groups = re.findall("[0-9]+", plain)
    # Without what numbers the parts; and every second number.
    yield "".join(group for group in groups if len(group) > 2)
    yield "".join(groups[::2])
    yield "".join(groups[1::2])


def betrays(text: str, secret: Personal) -> bool:
    """Whether something of the secret can still be read in a text that has its marker."""
    if secret.words and secret.words in plain_words(text):
        return True
    if not secret.digits:
        return False
    said = text.replace(secret.kept, " ") if secret.kept else text
    number, length = secret.digits, min(_PIECE, len(secret.digits))
    pieces = {number[n : n + length] for n in range(len(number) - length + 1)}
    seen = [re.sub("[^0-9]", "", reading) for reading in _readings(said)]
    return any(piece in digits for digits in seen for piece in pieces)
