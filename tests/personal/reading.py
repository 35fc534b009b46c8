"""What a snooper would read out of a kept text: every form back into digits, without the gate's help."""

from __future__ import annotations

import html
import json
import re
import unicodedata
from urllib.parse import unquote

from tests.personal import forms
from tests.personal.texts import Personal

_BACK = {c: str(n) for table in forms.SCRIPTS.values() for n, c in enumerate(table)}
_SPOKEN = {
    word: str(n)
    for words in (forms._KANA, forms._KATAKANA, forms._ENGLISH)
    for n, word in enumerate(words)
    if len(word) > 1 or word not in "にニごゴ"
}
_ESCAPED = re.compile(r"[&\\%]")
_LIST = re.compile(r"^\s*[0-9]{1,2}\)|[①-⑳](?=[0-9])", re.M)
_SPELLED = "|".join(sorted(_SPOKEN, key=len, reverse=True)) + "|[にニごゴ]"
# So many digits in a row of a long number are a piece of it; a short number counts only whole.
_PIECE = 7


def digits_of(text: str) -> str:
    """All digits of a text in order, in whatever form they are written."""
    if text.isascii() and not _ESCAPED.search(text):
        return re.sub("[^0-9]", "", text)
    text = _written_out(text)
    return "".join(_digit(c) for c in text)


def _written_out(text: str) -> str:
    text = re.sub(r"\\u([0-9a-fA-F]{4})", lambda m: json.loads(f'"{m.group()}"'), text)
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return unquote(html.unescape(text))


def _digit(c: str) -> str:
    if c in _BACK:
        return _BACK[c]
    value = unicodedata.digit(c, None)
    return "" if value is None else str(value)


def _typed(text: str) -> str:
    """With the letters O and I that stand beside digits as digits."""
    return re.sub(r"(?<=[0-9\-])[OI]|[OI](?=[0-9\-])", lambda m: str("OI".index(m.group())), text)


def spelled_out(text: str) -> str:
    """The digits that a text spells in kana or English words."""
    found = re.findall(_SPELLED, _written_out(text).lower())
    return "".join(_SPOKEN.get(word) or {"に": "2", "ニ": "2", "ご": "5", "ゴ": "5"}[word] for word in found)


def plain_words(text: str) -> str:
    """A text in lower case, in NFKC, without its escapes."""
    return unicodedata.normalize("NFKC", _written_out(text)).lower()


def betrays(text: str, secret: Personal) -> bool:
    """Whether something of the secret can still be read in a text that has its marker."""
    if secret.words and secret.words in plain_words(text):
        return True
    if not secret.digits:
        return False
    said = text.replace(secret.kept, " ") if secret.kept else text
    readings = [digits_of(said), spelled_out(said), digits_of(_LIST.sub(" ", said)), digits_of(_typed(said))]
    number, length = secret.digits, min(_PIECE, len(secret.digits))
    pieces = {number[n : n + length] for n in range(len(number) - length + 1)}
    return any(piece in seen for seen in readings for piece in pieces)
