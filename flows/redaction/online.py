"""E-mail addresses, also those that hide their at sign, and web addresses that carry a token."""

from __future__ import annotations

import re
from collections.abc import Iterator

from flows.redaction.digits import fold
from flows.redaction.marks import EMAIL, URL_WITH_TOKEN, Span

_NAME = r"A-Za-z0-9À-ÖØ-öø-ÿА-яё"
# The name before the at sign is looked for backwards from it: forwards, every word of a text would be tried.
_LOCAL = re.compile(rf"[{_NAME}._%+'\-]")
_LOCAL_CHARACTERS = "".join(c for c in map(chr, range(0x21, 0x460)) if _LOCAL.match(c))
_LONGEST_LOCAL = 64
_LABEL = rf"[{_NAME}\-]{{1,63}}"
_DOMAIN = re.compile(rf"(?:{_LABEL}\s?[.。]\s?){{1,8}}[{_NAME}\-]{{2,63}}")
_STRICT_DOMAIN = re.compile(rf"(?:{_LABEL}\.){{1,8}}[{_NAME}\-]{{2,63}}")
# Providers that people name without what follows the dot.
_PROVIDER = re.compile(
    r"(?:gmail|googlemail|yahoo|icloud|hotmail|outlook|docomo|ezweb|au|softbank|i\.softbank)(?![A-Za-z0-9])",
    re.I,
)
_MAIL_WORD = re.compile(r"mail|メ-ル|メアド|アドレス|連絡|address", re.I)
_NEAR = 40
# "taro (at) example.com", "taroアットマークexample.com", "taro at example dot com".
_SPOKEN_AT = re.compile(
    rf"(?P<local>[{_NAME}._%+\-]{{1,64}})\s?"
    r"(?:[(\[{<「]\s?(?:at|@|アット(?:マ-ク)?|あっと(?:ま-く)?)\s?[)\]}>」]|アットマ-ク|あっとま-く|アット|あっと)\s?"
    rf"(?P<domain>(?:{_LABEL}\s?(?:\.|[(\[]?(?:dot|ドット|どっと|点)[)\]]?)\s?){{1,6}}[{_NAME}\-]{{2,63}})",
    re.I,
)
_SPOKEN_DOT = re.compile(
    rf"(?P<local>[{_NAME}._%+\-]{{2,64}})\s(?:at|@)\s(?P<domain>(?:{_LABEL}\s(?:dot|ドット)\s){{1,4}}[{_NAME}]{{2,12}})(?![{_NAME}])",
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
    if "@" in plain or "アット" in plain or "あっと" in plain or _says_at(plain):
        yield from ((*m.span(), EMAIL) for m in _SPOKEN_AT.finditer(plain))
    if " dot " in plain or " DOT " in plain:
        yield from ((*m.span(), EMAIL) for m in _SPOKEN_DOT.finditer(plain))


def _says_at(plain: str) -> bool:
    is_bracketed = "(" in plain or "[" in plain or "{" in plain or "<" in plain or "「" in plain
    return is_bracketed and bool(_AT_CUE.search(plain))


def _around(plain: str, at: int) -> Iterator[Span]:
    before = plain[max(0, at - _LONGEST_LOCAL) : at]
    local = len(before) - len(before.rstrip(_LOCAL_CHARACTERS))
    domain = _STRICT_DOMAIN.match(plain, at + 1) or _PROVIDER.match(plain, at + 1)
    if local and domain:
        yield at - local, domain.end(), EMAIL
        return
    # "taro @ example.com" is an address where mail is spoken of, elsewhere a place.
    if not _MAIL_WORD.search(plain[max(0, at - _LONGEST_LOCAL - _NEAR) : at]):
        return
    gap = len(before) - len(before.rstrip(" \n"))
    stem = before[: len(before) - gap]
    local = len(stem) - len(stem.rstrip(_LOCAL_CHARACTERS))
    far = at + 1 + len(plain[at + 1 : at + 3]) - len(plain[at + 1 : at + 3].lstrip(" \n"))
    domain = _DOMAIN.match(plain, far)
    if local and gap <= 2 and domain:
        yield at - gap - local, domain.end(), EMAIL
