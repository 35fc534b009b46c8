"""Addresses: of a house, of a mailbox, also one that hides its at sign, and web addresses with a token.

Of postal addresses only whole ones count: a place's names and the block where somebody lives. A town, a
postal code or a ward office alone is talk about a place; it stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from flows.redaction import ADDRESS, EMAIL, URL_WITH_TOKEN, Span
from flows.redaction.digits import fold

_PREFECTURE = (
    "(?:北海道|東京都|大阪府|京都府|(?:青森|岩手|宮城|秋田|山形|福島|茨城|栃木|群馬|埼玉|千葉|神奈川|新潟|富山|石川|福井|山梨"
    "|長野|岐阜|静岡|愛知|三重|滋賀|兵庫|奈良|和歌山|鳥取|島根|岡山|広島|山口|徳島|香川|愛媛|高知|福岡|佐賀|長崎|熊本|大分"
    "|宮崎|鹿児島|沖縄)県)"
)
_DIGIT = "[0-9０-９]"
_NUMERAL = f"(?:{_DIGIT}{{1,4}}|[一二三四五六七八九十〇]{{1,4}})"
_DASH = r"[\-‐‑–—−－ーｰの]"
_CODE = (
    rf"(?:〒\s?{_DIGIT}{{3}}{_DASH}?{_DIGIT}{{4}}\s{{0,3}}"
    rf"|(?<![0-9０-９\-]){_DIGIT}{{3}}{_DASH}{_DIGIT}{{4}}\s{{1,3}})"
)
# Without the particles that join words but stand in no place's name.
_NAME = "(?![でをはへにも])[一-鿿々〆ヵヶぁ-んァ-ヴー]"
_TOWN = rf"(?:(?:{_NAME}){{1,7}}?[市区町村郡]\s?){{1,3}}"
# Down to the house: a block alone (幸二丁目) is a quarter, not an address.
_BLOCK = (
    rf"{_NUMERAL}\s?丁目\s?の?{_NUMERAL}\s?(?:番地?|{_DASH}|号)?\s?の?(?:{_NUMERAL}\s?号?)?"
    rf"|{_NUMERAL}\s?(?:番地|番)\s?(?:の?{_NUMERAL}\s?号?)?"
    rf"|{_DIGIT}{{1,4}}{_DASH}{_DIGIT}{{1,4}}(?:{_DASH}{_DIGIT}{{1,5}}){{0,2}}(?:号|番地?)?"
)
# The house's name and the room, directly behind the block.
_HOUSE = (
    rf"(?:[\s　]?(?:{_NAME}){{0,14}}[\s　]?{_DIGIT}{{2,4}}(?:号室|号|F|階)"
    rf"|[\s　](?:{_NAME}){{2,14}}[\s　]?{_DIGIT}{{3,4}}(?![0-9０-９]))?"
)
_JAPANESE = re.compile(
    rf"(?:{_CODE}{_PREFECTURE}?|{_PREFECTURE})\s?{_TOWN}(?:{_NAME}){{0,12}}?\s?(?:{_BLOCK}){_HOUSE}"
    # Without prefecture and code: the town, the block in words and its number.
    rf"|(?:{_NAME}){{1,6}}[市区町村](?:{_NAME}){{1,10}}?{_NUMERAL}\s?丁目\s?{_NUMERAL}\s?(?:番地?|{_DASH})"
    rf"(?:\s?の?{_NUMERAL}\s?号?)?{_HOUSE}"
    rf"|(?:{_NAME}){{1,6}}[市区](?:{_NAME}){{1,10}}?{_NUMERAL}\s?番地(?:\s?の?{_NUMERAL})?{_HOUSE}"
)
_JAPANESE_CUE = re.compile("〒|丁目|番地|[都道府県]")
_STREET = (
    r"(?:Street|St\.?|Avenue|Ave\.?|Road|Rd\.?|Lane|Ln\.?|Drive|Dr\.?|Boulevard|Blvd\.?|Court|Ct\.?|Way)"
)
# 12 Example Street, Springfield, IL 62704; 1-2-3 Kasumigaseki, Chiyoda-ku, Tokyo 100-0013.
_ENGLISH = re.compile(
    rf"(?<![A-Za-z0-9])[0-9]{{1,5}}[A-Z]?\s(?:[A-Z][\w'.]{{1,20}}\s){{1,4}}{_STREET}(?:,?\s(?:Apt|Unit|Suite|#)\.?\s?\w{{1,6}})?"
    r",?\s(?:[A-Z][\w'.]{1,20}\s?){1,3},?\s[A-Z]{2}\s[0-9]{5}(?:-[0-9]{4})?(?![A-Za-z0-9])"
    r"|(?<![A-Za-z0-9\-])[0-9]{1,4}(?:-[0-9]{1,4}){1,3},?\s(?:[A-Z][\w'\-]{1,24},?\s){1,4}"
    r"(?:[A-Z][\w'\-]{1,24},?\s?)(?:〒?\s?[0-9]{3}-[0-9]{4}|(?<=-ku,\s)Tokyo|(?<=-shi,\s)[A-Z][a-z]+)"
)
_ENGLISH_CUE = re.compile(r"[0-9]{3}(?:[0-9]{2}|-[0-9]{4})")
_ROMAJI = re.compile(r"-(?:ku|shi|cho|machi|gun|son|mura|dori)\b|[0-9]{3}-[0-9]{4}")


def places(text: str) -> Iterator[Span]:
    """Whole postal addresses in a text that is written out, but not folded."""
    if not text.isascii() and _JAPANESE_CUE.search(text):
        for m in _JAPANESE.finditer(text):
            yield *m.span(), ADDRESS
    if not (_ENGLISH_CUE.search(text) or "-ku" in text or "-shi" in text):
        return
    for m in _ENGLISH.finditer(text):
        if not m.group()[1:5].count("-") or _ROMAJI.search(m.group()):
            yield *m.span(), ADDRESS


_NAME_LETTERS = r"A-Za-z0-9À-ÖØ-öø-ÿА-яё"
# The name before the at sign is looked for backwards from it: forwards, every word of a text would be tried.
_LOCAL = re.compile(rf"[{_NAME_LETTERS}._%+'\-]")
_LOCAL_CHARACTERS = "".join(c for c in map(chr, range(0x21, 0x460)) if _LOCAL.match(c))
_LONGEST_LOCAL = 64
_LABEL = rf"[{_NAME_LETTERS}\-]{{1,63}}"
_DOMAIN = re.compile(rf"(?:{_LABEL}\s?[.。]\s?){{1,8}}[{_NAME_LETTERS}\-]{{2,63}}")
_STRICT_DOMAIN = re.compile(rf"(?:{_LABEL}\.){{1,8}}[{_NAME_LETTERS}\-]{{2,63}}")
# Providers that people name without what follows the dot.
_PROVIDER = re.compile(
    r"(?:gmail|googlemail|yahoo|icloud|hotmail|outlook|docomo|ezweb|au|softbank|i\.softbank)(?![A-Za-z0-9])",
    re.I,
)
_MAIL_WORD = re.compile(r"mail|メ-ル|メアド|アドレス|連絡|address", re.I)
_MAIL_NEAR = 40
# "taro (at) example.com", "taroアットマークexample.com", "taro at example dot com".
_SPOKEN_AT = re.compile(
    rf"(?P<local>[{_NAME_LETTERS}._%+\-]{{1,64}})\s?"
    r"(?:[(\[{<「]\s?(?:at|@|アット(?:マ-ク)?|あっと(?:ま-く)?)\s?[)\]}>」]|アットマ-ク|あっとま-く|アット|あっと)\s?"
    rf"(?P<domain>(?:{_LABEL}\s?(?:\.|[(\[]?(?:dot|ドット|どっと|点)[)\]]?)\s?){{1,6}}[{_NAME_LETTERS}\-]{{2,63}})",
    re.I,
)
_SPOKEN_DOT = re.compile(
    rf"(?P<local>[{_NAME_LETTERS}._%+\-]{{2,64}})\s(?:at|@)\s(?P<domain>(?:{_LABEL}\s(?:dot|ドット)\s){{1,4}}[{_NAME_LETTERS}]{{2,12}})(?![{_NAME_LETTERS}])",
    re.I,
)
_AT_CUE = re.compile(r"[(\[{<「]\s?[aA][tT]")
_URL = re.compile(r"(?<![A-Za-z0-9])[a-z][a-z0-9+.\-]{1,9}://[^\s<>\"'、。「」]+", re.I)
_BARE_URL = re.compile(
    r"(?<![A-Za-z0-9_\-@./])(?:[a-z0-9\-]{1,63}\.){1,6}[a-z]{2,24}/[^\s<>\"'、。「」]*", re.I
)
_TOKEN = re.compile(
    r"[?&#;/](?:[\w\-]{0,32}(?:token|secret|passw|pwd|session|signature|api_?key|auth|e?mail|ticket|invite|verif)[\w\-]{0,32}"
    r"|sig|key|code|sid|otp|jwt)="
    r"|[?&#](?:nonce|uid|user_?id|hash|state)=(?=[^&#]*[0-9])"
    r"|://[^/@\s]+:[^/@\s]*@"
    r"|[=/](?=[\w\-]*\d)(?=[\w\-]*[A-Za-z])\w[\w\-]{23,}\b(?!\.html?)(?<=\w{24})"
    r"|[=/][0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
    r"|/eyJ[\w\-]{8,}",
    re.I,
)


def urls(text: str) -> Iterator[Span]:
    """Web addresses with a token, in the text as written, where nothing is unescaped."""
    if "/" not in text and "／" not in text:
        return
    folded = fold(text)
    if "://" in folded:
        for m in _URL.finditer(folded):
            if _TOKEN.search(m.group()):
                yield *m.span(), URL_WITH_TOKEN
    if "=" in folded:
        for m in _BARE_URL.finditer(folded):
            if _TOKEN.search(m.group()):
                yield *m.span(), URL_WITH_TOKEN


def emails(plain: str) -> Iterator[Span]:
    """E-mail addresses in a page's text."""
    at = plain.find("@")
    while at >= 0:
        yield from _around(plain, at)
        at = plain.find("@", at + 1)
    if "アット" in plain or "あっと" in plain or _says_at(plain):
        yield from ((*m.span(), EMAIL) for m in _SPOKEN_AT.finditer(plain))
    if " dot " in plain or " DOT " in plain:
        yield from ((*m.span(), EMAIL) for m in _SPOKEN_DOT.finditer(plain))


def _says_at(plain: str) -> bool:
    is_bracketed = "(" in plain or "[" in plain or "{" in plain or "<" in plain or "「" in plain
    return is_bracketed and ("@" in plain or bool(_AT_CUE.search(plain)))


def _around(plain: str, at: int) -> Iterator[Span]:
    before = plain[max(0, at - _LONGEST_LOCAL) : at]
    local = len(before) - len(before.rstrip(_LOCAL_CHARACTERS))
    domain = _STRICT_DOMAIN.match(plain, at + 1) or _PROVIDER.match(plain, at + 1)
    if local and domain:
        yield at - local, domain.end(), EMAIL
        return
    # "taro @ example.com" is an address where mail is spoken of, elsewhere a place.
    if not _MAIL_WORD.search(plain[max(0, at - _LONGEST_LOCAL - _MAIL_NEAR) : at]):
        return
    gap = len(before) - len(before.rstrip(" \n"))
    stem = before[: len(before) - gap]
    local = len(stem) - len(stem.rstrip(_LOCAL_CHARACTERS))
    far = at + 1 + len(plain[at + 1 : at + 3]) - len(plain[at + 1 : at + 3].lstrip(" \n"))
    domain = _DOMAIN.match(plain, far)
    if local and gap <= 2 and domain:
        yield at - gap - local, domain.end(), EMAIL
