"""Postal addresses, where they are sure: a place's names and the block where somebody lives.

Only whole addresses count. A town, a postal code or a ward office alone is talk about a place; it stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from flows.redaction.marks import ADDRESS, Span

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
