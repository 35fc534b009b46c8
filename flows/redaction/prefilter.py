"""A quick answer to whether a text is worth reading for numbers: most are not.

It asks the bytes, ten times as fast as asking the text. A needless yes costs time, a wrong no would cost a
secret: what `flows.redaction` finds must be answered with yes here, and a test says so.
"""

from __future__ import annotations

import re

from flows.redaction.digits import DIGITS, fold, may_be_typed

# First everything is deleted but digits, control characters, the signs of addresses and of escaped
# characters, and the lead bytes of scripts with digits of their own: most reviews have nothing left.
_CONTROL = bytes(c for c in [*range(0x20), 0x7F] if c not in b"\t\n")
_LEFT = b"0123456789@=&\\%</([" + _CONTROL
_PLAIN = bytes(c for c in [*range(0xC2), *range(0xC3, 0xD9)] if c not in _LEFT)
# Then whatever may part two digits is deleted, digits (and O, I) become "0", letters of English number
# words "w", other letters "x". Bytes that separators share with letters are deleted too, so the answer may
# be a needless yes, never a wrong no.
_SEPARATORS = bytes(c for c in range(0xC0) if not (c < 0x80 and chr(c).isalnum()))
# Marks above and through a character share their lead bytes with letters that few of our texts have.
_GAP_BYTES = _SEPARATORS + b"\xc2\xcc\xcd\xd2\xd6\xd7\xd8\xd9\xdb\xdc\xe0\xe1\xe2\xe3\xea\xef\xf0\xf3"
_WORD_LETTERS = b"efghinorstuvwxzEFGHINORSTUVWXZ"
_SQUEEZE = bytes(
    ord("0") if c in b"0123456789OI" else ord("w") if c in _WORD_LETTERS else ord("x") for c in range(256)
)
_SPACED = bytes(ord("w") if c in _WORD_LETTERS + b" ,.-/\n" else ord("x") for c in range(256))
# Nine digits that nothing but separators part are worth reading, or three groups of four with words between
# them; six (a date has eight) only beside a label, five beside the words of an address.
_FOUR = b"0000"
_LONG = b"0" * 9
_WORDED = re.compile(rb"0000[0wx]{1,60}?0000[0wx]{1,60}?0000")
# The same word between single digits, pairs or threes.
_SAME_WORD = re.compile(
    rb"(?:0([wx]{1,12})(?:0\1){10}|00([wx]{1,12})(?:00\2){4}0|000([wx]{1,12})(?:000\3){2}00)0"
)
_NOT_DIGITS = bytes(c for c in range(256) if c not in b"0123456789")
_TWELVE = 12
# Words that say that digits of one number follow, in parts; and parts of equal length.
_CUES = (b"igit", b"umber", b"half")
_OTHER_CUES = tuple(
    cue.encode() for cue in ("桁", "前半", "後半", "半分", "マイナ", "ﾏｲﾅ", "まいなん", "個人")
)
_THEN = rb"(?=[^0-9]{0,48}[0-9]{2})"
_NTH_SAID = "|\\s?(?:ケタ|けた)|(?:つ|行|番|枚|個|段|文字)目".encode()
_NTH = re.compile(rb"[0-9](?:(?:st|nd|rd|th)(?![a-z])" + _THEN + _NTH_SAID + _THEN + rb")")
_NTH_BEHIND = re.compile("(?:第|その)[0-9]".encode() + _THEN)
_WORDS = rb"[wx]{1,30}(?:0{1,2}[wx]{1,30})?"
# Begun with what the search can skip to.
_EQUAL = re.compile(
    rb"000(?<!0000)(?:000(?:0(?!0)|(?!0))" + _WORDS + rb"0{6,7}"
    rb"|(?:0(?!0)|(?!0))" + _WORDS + rb"0{3,4}" + _WORDS + rb"0{3,4}" + _WORDS + rb"0{3,4})(?!0)"
)
_EQUAL_FOLDED = re.compile(
    r"(?<![0-9])(?:[0-9]{6}(?![0-9]).{1,28}?(?<![0-9])[0-9]{6}"
    r"|[0-9]{3}(?:(?![0-9]).{1,28}?(?<![0-9])[0-9]{3}){3})(?![0-9])",
    re.S,
)
_FIVE = b"00000"
SHORTEST = 6
"""With fewer digits nothing but an address can be personal."""
# One of these stems is in every label of `flows.redaction.labelled`; asked first, because the many
# labels take long.
_STEMS = (
    "account", "acct", "iban", "sort", "routing", "passport", "policy", "insurance", "social", "ssn",
    "pension", "nino", "licen", "residence", "zairyu", "health", "member", "patient", "tax", "customer",
    "card", "kontonummer", "versich", "steuer", "ausweis", "reisepass", "carte", "codice", "tessera",
    "carta", "seguridad", "pasaporte", "bsn", "rekeningnummer", "mynumber", "my number",
)  # fmt: skip
# Spain's are part of many words elsewhere.
_SHORT_STEM = re.compile(r"(?<![A-Za-z])(?:dni|nie|nif)(?![A-Za-z])", re.I)
_OTHER_STEMS = (
    "口座", "記号", "預金", "貯金", "ゆうちょ", "振込", "普通", "当座", "保険", "年金", "免許", "住民票",
    "在留", "永住", "パスポ", "旅券", "番号", "会員", "診察券", "マイナン", "ﾏｲﾅﾝ", "個人ナン", "カード",
    "カ-ド", "〒", "numéro", "sécurité", "паспорт", "снилс", "инн", "номер",
)  # fmt: skip
_STREETS = (
    "St", "Ave", "Road", "Rd", "Lane", "Ln", "Dr", "Blvd", "Boulevard", "Court", "Ct", "Way",
    "-ku", "-shi", "-cho", "-machi", "-gun",
)  # fmt: skip
_STREET = re.compile(
    r"\s(?:St(?:reet)?|Ave(?:nue)?|Road|Rd|Lane|Ln|Dr(?:ive)?|Boulevard|Blvd|Court|Ct|Way)[.,\s]"
    r"|-(?:ku|shi|cho|machi|gun)"
)
# So far from its number stands a label at most (`flows.redaction.labelled`) in the text as it is searched,
# from which repeated signs and unseen characters are gone: where some are near, the whole text is asked.
_LABEL_BEFORE, _LABEL_BEHIND, _STRETCH = 80, 64, 400
_STRETCHED = re.compile(r"([^\w])\1|[\s\u200b]{2}|\u200b")
DATE = re.compile(
    r"(?:(?:19|20)[0-9]{2}([\-/.])(?:0?[1-9]|1[0-2])\1[0-3]?[0-9]"
    r"|[0-3]?[0-9]([\-/.])(?:0?[1-9]|1[0-2])\2(?:19|20)?[0-9]{2})"
)
"""2020-04-14, 14.04.2020, 20/04/14: when, not who."""
_SHORT = re.compile(r"[0-9](?:[^0-9A-Za-z]{0,5}[0-9]){4,}")
# Ten number words of at least three letters and what parts them.
_SPELLED = b"w" * 39
# Latin, Greek, Cyrillic, punctuation and emoji share their lead bytes with superscripts, circled and
# mathematical digits only, told by the next bytes.
_OTHER_DIGITS = re.compile(
    rb"[\xc2\xd9-\xef](?:(?<=[\xd9-\xe1\xe3-\xef])|(?<=\xc2)[\xb2\xb3\xb9]"
    rb"|(?<=\xe2)[\x81\x82\x85\x86\x91-\x9e\xa0\xad])"
)
_RARE_DIGITS = re.compile(rb"\xf0(?:[\x90-\x9e]|\x9f[\x84\xaf])")
# What a sign must stand in to matter: a query, an escaped character, a tag that breaks the line.
_SIGNS = (
    (b"=", re.compile(r"\w=")),
    (b"&", re.compile(r"&(?:#|[a-zA-Z]{2,31};)")),
    (b"\\", re.compile(r"\\(?:u[0-9a-fA-F]{4}|u\{|x[0-9a-fA-F]{2}|0[67][0-7]|[nrt])")),
    (b"%", re.compile(r"%(?:[2-7eEfF]|u[0-9a-fA-F]{2})[0-9a-fA-F]")),
    (b"<", re.compile(r"<[a-zA-Z/!?][^<>]{0,400}>")),
)
_NO_SIGNS = bytes(c for c in range(256) if c not in b"@/=&\\%<")
_LETTER = "0-9A-Za-zぁ-ゖァ-ヺ一-鿿々"
_GAP = rf"[^{_LETTER}]{{0,8}}の?[^{_LETTER}]{{0,8}}"
_FOLDED_RUN = re.compile(
    rf"[0-9](?:{_GAP}[0-9]){{{SHORTEST - 1}}}|[0-9]{{4}}.{{1,20}}?[0-9]{{4}}.{{1,20}}?[0-9]{{4}}",
    re.S,
)
_SAME = re.compile(r"([0-9]{1,4})([^0-9]{1,12})[0-9]{1,4}\2[0-9]{1,4}\2[0-9]{1,4}")
# Some of its digits may be ASCII.
_SHORTEST_TOLD = 9
# What makes a Japanese text worth reading whole, though its digits are few, or are words themselves.
# Digits without those beyond U+FFFF, which make the search ten times as slow.
_ANY_DIGIT = re.compile(f"[0-9{''.join(c for c in DIGITS if c < chr(0x10000))}]")
_PLACE = re.compile("[〒]|丁目|番地|記号|[都道府県][^\\s、。]{1,12}[市区町村郡]")
_SURE_KANA = "(?:ぜろ|いち|さん|よん|ろく|なな|はち|きゅう|ゼロ|イチ|サン|ヨン|ロク|ナナ|ハチ|キュ[ウー-])"
_KANA = re.compile(rf"{_SURE_KANA}[ぁ-ー\s・、,-]{{0,6}}{_SURE_KANA}[ぁ-ー\s・、,-]{{0,12}}{_SURE_KANA}")


Glance = tuple[bytes, bytes]
"""A text's bytes in UTF-8, and what of them is worth a look."""


def glance(text: str) -> Glance | None:
    """None for the many texts with few digits, no sign of an address, no other script and no control
    character, in which there is nothing to clean nor to search."""
    raw = text.encode("utf-8", "surrogatepass")
    left = raw.translate(None, _PLAIN)
    if left:
        rest = left.translate(None, b"([")
        if rest and not (len(rest) < SHORTEST and rest.isdigit()):
            return raw, rest
        if len(rest) < len(left) and _says_at(text):
            return raw, rest
    if len(raw) > len(_SPELLED) and _SPELLED in raw.translate(_SPACED):
        return raw, left
    return (raw, left) if " dot " in text else None


def is_worth_reading(text: str, seen: Glance) -> bool:
    """Whether a text whose glance was not None may hold something personal; no is certain."""
    raw, left = seen
    digits = 0
    squeezed = b""
    if len(left) >= len(_FIVE):
        squeezed = raw.translate(_SQUEEZE, _GAP_BYTES)
        digits = len(left.translate(None, _NOT_DIGITS)) if squeezed.count(b"0") >= SHORTEST else 0
        if _FOUR in squeezed and _has_run(text, squeezed):
            return True
    # Every number word has one of these letters; most Japanese texts have neither.
    if (b"e" in raw or b"o" in raw or b"E" in raw or b"O" in raw) and _SPELLED in raw.translate(_SPACED):
        return True
    if " dot " in text:
        return True
    if (b"(" in raw or b"[" in raw) and _says_at(text):
        return True
    if left.translate(None, _NO_SIGNS) and _has_sign(text, left):
        return True
    if digits >= SHORTEST and may_be_typed(raw):
        return True
    if digits >= _TWELVE and (
        b"[/" in raw or _SAME_WORD.search(squeezed) or has_parts(raw) or _EQUAL.search(squeezed)
    ):
        return True
    return not left.isascii() and _has_other_forms(text, raw)


def may_hold_number(text: str) -> bool:
    """Whether a text may hold a number or an address of any kind; no is certain."""
    seen = glance(text)
    return seen is not None and is_worth_reading(text, seen)


def _has_sign(text: str, left: bytes) -> bool:
    """Whether an address, a query, a tag or an escaped character may be there."""
    if b"@" in left or (b"/" in left and "://" in text):
        return True
    return any([sign in left and form.search(text) for sign, form in _SIGNS])  # noqa: C419


def _says_at(text: str) -> bool:
    if "(a" not in text and "(A" not in text and "[a" not in text and "[A" not in text:
        return False
    low = text.lower()
    return "(at" in low or "[at" in low


def _has_run(text: str, squeezed: bytes) -> bool:
    if _LONG in squeezed or (squeezed.count(_FOUR) > 2 and _WORDED.search(squeezed)):
        return True
    if _FIVE not in squeezed:
        return False
    short = _SHORT.findall(text)
    if not short:
        return has_stem(text) or _has_street(text)
    if all([DATE.fullmatch(number) for number in short]):  # noqa: C419
        return False
    if has_stem(text) and any([has_stem(_near(text, *m.span())) for m in _SHORT.finditer(text)]):  # noqa: C419
        return True
    return _has_street(text)


def _has_street(text: str) -> bool:
    return any([street in text for street in _STREETS]) and bool(_STREET.search(text))  # noqa: C419


def _near(text: str, start: int, end: int) -> str:
    """Where a label of the number that stands there may be."""
    widely = text[max(0, start - _STRETCH) : end + _STRETCH]
    if _STRETCHED.search(fold(widely)):
        return text
    return text[max(0, start - _LABEL_BEFORE) : end + _LABEL_BEHIND]


def has_stem(text: str) -> bool:
    """Whether there may be a label that makes a short number personal."""
    # List comprehensions: half the time of generators, and most texts are short.
    low = text.lower()
    if any([stem in low for stem in _STEMS]) or ("ni" in low and _SHORT_STEM.search(text)):  # noqa: C419
        return True
    return not text.isascii() and any([stem in low for stem in _OTHER_STEMS])  # noqa: C419


def has_parts(raw: bytes) -> bool:
    """Whether words may say that the digits of a number come in parts, in a text of which this is UTF-8."""
    low = raw.lower()
    if any([cue in low for cue in _CUES]) or _NTH.search(raw):  # noqa: C419
        return True
    if raw.isascii():
        return False
    return any([cue in raw for cue in _OTHER_CUES]) or bool(_NTH_BEHIND.search(raw))  # noqa: C419


def _has_other_forms(text: str, raw: bytes) -> bool:
    is_rare = b"\xf0" in raw and bool(_RARE_DIGITS.search(raw))
    if not is_rare and not _OTHER_DIGITS.search(raw):
        return False
    digits = len(_ANY_DIGIT.findall(text))
    if is_rare or digits >= SHORTEST:
        folded = fold(text)
        if _FOLDED_RUN.search(folded):
            return True
        plain = folded.encode("utf-8", "surrogatepass")
        if may_be_typed(plain):
            return True
        if (is_rare or digits >= _SHORTEST_TOLD) and (
            has_parts(plain) or _SAME.search(folded) or _EQUAL_FOLDED.search(folded)
        ):
            return True
    if digits > 1 and _PLACE.search(text):
        return True
    # Kana and full-width signs begin with these bytes.
    if b"\xe3" not in raw and b"\xef" not in raw:
        return False
    return "＠" in text or "アット" in text or "あっと" in text or bool(_KANA.search(text))


def may_be_spelled(text: str) -> bool:
    """Whether there may be a number in words."""
    raw = text.encode("utf-8", "surrogatepass")
    return _SPELLED in raw.translate(_SPACED) or (not text.isascii() and bool(_KANA.search(text)))
