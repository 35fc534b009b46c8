"""Requests that nobody decent sends: broken, endless, nested, disguised; any address, any method."""

from __future__ import annotations

import json
import random
from collections.abc import Callable

METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "LINK", "get")
PATHS = (
    "/v1/feedback", "/v1/consent", "/v1/feedback/", "/ja/", "/en/feedback", "/ja/consent", "/ja/withdraw",
    "/ja/my-consent", "/healthz", "/openapi.json", "/static/../keys.py", "/static/%2e%2e%2fapp.py", "/", "//",
    "/v1/../v1/consent", "/%00", "/ja/feedback?x=%ff", "/" + "a" * 3_000,
)  # fmt: skip
OFTEN = (("POST", "/v1/feedback"), ("PUT", "/v1/consent"), ("POST", "/ja/feedback"))
TYPES = (
    "application/json", "application/json; charset=utf-8", "application/x-www-form-urlencoded", "text/plain",
    "multipart/form-data; boundary=x", "multipart/form-data", "image/png", "application/json; charset=utf-16",
    "", "\x7f", "application/xml",
)  # fmt: skip
_CREDENTIALS = ("Bearer", "Bearer \x7f", "Basic x", "Bearer " + "a" * 5_000)
# What makes regular expressions slow: digits and separators that nearly are a number.
_STRESS = (
    "1 " * 2_000, "1-" * 2_000, "０１２３４５６７８９" * 400, "a@" * 2_000, "http://" * 500, "+81" * 1_300,
    "一二三四五六七八九〇" * 400, "1\u200b" * 2_000, "(0" * 2_000, "1/2.3:" * 600, "口座" * 2_000,
    "x@" + "y." * 1_900, "0120-" * 800,
)  # fmt: skip
_WORDS = (
    "\x00", "\u202e", "\U0001f9d1\u200d\U0001f4bb" * 50, "z\u036b\u030d" * 300, "'; drop table feedback; --",
    "{{7*7}}", "<script>", "${jndi:x}", "../../etc/passwd", "\ufeff", "\ufdfa" * 500, "\r\nSet-Cookie: a=b",
    "%s%n", "NaN",
)  # fmt: skip
_NAMES = (
    "text", "rating", "language", "version", "screen", "device", "wording", "improve", "analyse", "quote",
    "contact", "screenshot", "__proto__", "", "text\x00",
)  # fmt: skip


def hostile(chance: random.Random, code: str) -> bytes:
    """One request as bytes: mostly with a valid code, so that it gets far."""
    body = chance.choice(_BODIES)(chance)
    method, path = chance.choice(METHODS), chance.choice(PATHS)
    if chance.random() < 0.6:
        method, path = chance.choice(OFTEN)
    # A withdrawal that is one would end the consent, and nothing would get far any more.
    is_known = chance.random() < 0.9 and method != "DELETE"
    credentials = f"Bearer {code}" if is_known else chance.choice(_CREDENTIALS)
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: {credentials}"]
    is_json = path.startswith("/v1") and chance.random() < 0.8
    lines.append(f"Content-Type: {'application/json' if is_json else chance.choice(TYPES)}")
    if chance.random() < 0.2:
        lines.append(f"Idempotency-Key: {chance.choice(('x', '1' * 40, 'a' * 16, 'é' * 20, 'a' * 4_000))}")
    if chance.random() < 0.2:
        lines.append(f"Cookie: hoshiyomi={chance.choice(('x.y.z', 'e30.x', 'a' * 3_000, '%00'))}")
    if chance.random() < 0.05:
        lines.append("Content-Encoding: gzip")
    if method == "HEAD":
        body = b""
    lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace") + body


def _value(chance: random.Random, depth: int = 0) -> object:
    pick = chance.randrange(10 if depth < 3 else 7)
    if pick < 3:
        return chance.choice((*_STRESS, *_WORDS))
    if pick < 7:
        return chance.choice((None, True, -1, 0, 3, 10**30, 1.5, "", "ja", 4.0, "2026-11"))
    if pick == 7:
        return [_value(chance, depth + 1) for _ in range(chance.randrange(4))]
    return {chance.choice(_NAMES): _value(chance, depth + 1) for _ in range(chance.randrange(4))}


def _object(chance: random.Random) -> bytes:
    found = {name: _value(chance) for name in chance.sample(_NAMES, chance.randrange(1, 7))}
    return json.dumps(found, ensure_ascii=chance.random() < 0.5).encode("utf-8", "surrogatepass")


def _text(chance: random.Random) -> bytes:
    """What passes for a feedback, with text that is hard on the redaction."""
    words = "".join(chance.choice((*_STRESS, *_WORDS))[:1_500] for _ in range(chance.randrange(1, 4)))[:4_000]
    return json.dumps({"text": words, "screen": chance.choice(_WORDS)[:100]}).encode("utf-8", "surrogatepass")


def _cut(chance: random.Random) -> bytes:
    whole = _object(chance)
    return whole[: chance.randrange(len(whole) + 1)]


def _flipped(chance: random.Random) -> bytes:
    whole = bytearray(_object(chance))
    for _ in range(chance.randrange(1, 20)):
        whole[chance.randrange(len(whole))] = chance.randrange(256)
    return bytes(whole)


def _nested(chance: random.Random) -> bytes:
    opening = chance.choice((b"[", b'{"text":', b'{"a":[', b"[[{"))
    return opening * chance.randrange(1, 20_000)


def _number(chance: random.Random) -> bytes:
    digits = b"9" * chance.randrange(1, 30_000)
    return b'{"rating":' + chance.choice((digits, b"-" + digits, b"1e" + digits[:400], b"0." + digits)) + b"}"


def _noise(chance: random.Random) -> bytes:
    return chance.randbytes(chance.randrange(3_000))


def _surrogates(chance: random.Random) -> bytes:
    return b'{"text":"' + chance.choice((rb"\ud800", rb"\udfff\ud800", rb"\u0000", b"\xed\xa0\x80")) + b'x"}'


def _form(chance: random.Random) -> bytes:
    once = b"once=once-" + b"0" * 24
    fields = (b"csrf=x", b"text=%ff", b"rating=9", b"=", b"%", once)
    return b"&".join(chance.choice(fields) for _ in range(chance.randrange(60)))


def _too_large(chance: random.Random) -> bytes:
    return b'{"text":"' + b"x" * chance.randrange(120_000, 200_000) + b'"}'


_BODIES: tuple[Callable[[random.Random], bytes], ...] = (
    _object, _object, _text, _text, _cut, _flipped, _nested, _number, _noise, _surrogates, _form, _too_large,
)  # fmt: skip
