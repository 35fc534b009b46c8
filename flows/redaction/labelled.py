"""Numbers too short to be told by their look, which a word beside them makes personal.

Bank, insurance, pension, tax, licence, passport, residence card, member and patient numbers, in Japanese,
in English and in the languages of the neighbours that our real reviews are written in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from flows.redaction import ACCOUNT_NUMBER, MY_NUMBER, Span
from flows.redaction.numbers import count
from flows.redaction.prefilter import DATE, has_stem

# At most so far before its number does a label stand; "[" would be a mark, whose number is gone already.
_BEFORE = 56
_TO_NUMBER = r"[^0-9\[\n。!?]{0,24}\n?[^0-9\[\n。!?]{0,3}$"
# Six digits and more, with the letters that passports, residence cards and licences have around them.
_NUMBER = re.compile(
    r"[0-9](?:[ \-/.・の]?[0-9]){5,}(?:[A-Za-z]{1,2}(?![A-Za-z0-9])| [A-Z]{1,2}(?![A-Za-z0-9]))?"
)
_LETTERS = re.compile(r"(?<![A-Za-z])(?:[A-Z]{1,2}[ \-]?|[A-Za-z]{1,2})$")
# What is written with letters among the digits: a British or Italian licence, a tax code.
_MIXED = re.compile(
    r"(?<![A-Za-z0-9\-])(?=(?:[A-Z\-]*[0-9]){4})[A-Z0-9][A-Z0-9\-]{6,18}[A-Z0-9](?![A-Za-z0-9])"
)
_MIXED_CUE = re.compile(r"[0-9](?:[0-9][A-Z]|(?<=[A-Z].)[0-9]|(?<=[A-Z]-.)[0-9])")
_JAPANESE = (
    "口座|記号番号|預金|貯金|ゆうちょ|振込先|保険者|保険証|保険番号|保険の番号|年金|雇用保険|免許|住民票コ-ド|在留カ-ド|特別永住"
    "|パスポ-ト|旅券|顧客番号|会員番号|会員ID|お客様番号|お客さま番号|契約番号|契約者番号|証券番号|診察券|患者番号|受給者番号"
    "|納税者番号|利用者識別番号|学籍番号|社員番号|職員番号|カ-ド番号"
)
_ENGLISH = (
    r"(?<![A-Za-z])account\s*(?:no(?![A-Za-z])|num|#|id(?![A-Za-z]))|(?<![A-Za-z])bank\s+account|(?<![A-Za-z])acct(?![A-Za-z])|(?<![A-Za-z])iban(?![A-Za-z])|(?<![A-Za-z])sort\s?code|(?<![A-Za-z])routing\s*(?:no(?![A-Za-z])|num)"
    r"|(?<![A-Za-z])passport|(?<![A-Za-z])policy\s*(?:no(?![A-Za-z])|num|#)|(?<![A-Za-z])insurance\s*(?:no(?![A-Za-z])|num|id(?![A-Za-z])|#|card|policy)|(?<![A-Za-z])social\s+security|(?<![A-Za-z])ssn(?![A-Za-z])"
    r"|(?<![A-Za-z])pension\s*(?:no(?![A-Za-z])|num|id(?![A-Za-z])|#)|(?<![A-Za-z])national\s+insurance|(?<![A-Za-z])nino(?![A-Za-z])|(?<![A-Za-z])licen[cs]e\s*(?:no(?![A-Za-z])|num|id(?![A-Za-z])|#|is(?![A-Za-z]))"
    r"|(?<![A-Za-z])residence\s+card|(?<![A-Za-z])zairyu|(?<![A-Za-z])health\s+card|(?<![A-Za-z])member(?:ship)?\s*(?:no(?![A-Za-z])|num|id(?![A-Za-z])|#)"
    r"|(?<![A-Za-z])patient\s*(?:no(?![A-Za-z])|num|id(?![A-Za-z])|#)|(?<![A-Za-z])tax\s*(?:no(?![A-Za-z])|num|id(?![A-Za-z])|payer)|(?<![A-Za-z])customer\s*(?:no(?![A-Za-z])|num|id(?![A-Za-z])|#)"
    r"|(?<![A-Za-z])card\s*(?:no(?![A-Za-z])|num|#)"
)
_EUROPEAN = (
    r"kontonummer|versicherungsnummer|versichertennummer|steuer-?\s?(?:id|nummer|identifikationsnummer)"
    r"|personalausweis|reisepass|numéro\s+de\s+(?:compte|sécurité)|sécurité\s+sociale|carte\s+d.identité"
    r"|codice\s+fiscale|tessera\s+sanitaria|carta\s+d.identità|(?<![A-Za-z])dni(?![A-Za-z])|(?<![A-Za-z])nie(?![A-Za-z])|(?<![A-Za-z])nif(?![A-Za-z])|seguridad\s+social|pasaporte"
    r"|\bbsn\b|rekeningnummer|паспорт|снилс|\bинн\b|номер\s+(?:счета|карты|полиса)"
)
_WORD = re.compile(rf"(?:{_JAPANESE}|{_ENGLISH}|{_EUROPEAN}){_TO_NUMBER}", re.I)
_STRONG = re.compile(
    rf"(?:番号|コ-ド|(?<![A-Za-z])no(?![A-Za-z])|num|#|(?<![A-Za-z])id(?![A-Za-z])|licen[cs]e|passport|fiscale|insurance|nino|iban|card|旅券|パスポ-ト){_TO_NUMBER}",
    re.I,
)
# The label may also follow: "1234567 が口座番号です", "1234567 (account number)".
_AFTER = re.compile(
    rf"\s?(?:が|は|\(|が私の|が僕の|が母の|が父の|is\s+(?:my|the|her|his|our)\s+)\s?(?:{_JAPANESE}|{_ENGLISH})",
    re.I,
)
# A My Number with digits missing or too many is still a person's.
_MY_NUMBER_WORD = re.compile(
    r"(?:マイナンバ-|ﾏｲﾅﾝﾊﾞ-|個人番号|個人ナンバ-|(?<![A-Za-z])my\s?number(?![A-Za-z]))[^0-9\[]{0,16}$", re.I
)
_MY_NUMBER_DIGITS = 9
_AMOUNT = re.compile(r"\s?(?:円|万|回|人|件|ポイント|yen|jpy|usd|eur|€|mb|gb|px|times|people|users)", re.I)
# 普通 1234567 behind a bank's or branch's name; Japan Post's symbol and number, and a health card's.
_ORDINARY = re.compile(
    r"(?:銀行|金庫|支店|信金|農協|JA|BK)[^0-9\n]{0,16}(?:普通|当座|貯蓄)[^0-9\n]{0,8}"
    r"([0-9][0-9 \-]{4,8}[0-9])"
)
_SYMBOL = re.compile(
    r"記号[^0-9\n]{0,4}([0-9][0-9\-]{0,9}[^0-9\n]{0,3}(?:番号|-|・)[^0-9\n]{0,4}[0-9][0-9\- ]{0,9}[0-9])"
)
_IBAN = re.compile(
    r"(?<![A-Za-z0-9])[A-Z]{2}[0-9]{2}(?:[ \-]?[A-Z0-9]{4}){2,7}(?:[ \-]?[A-Z0-9]{1,4})?(?![A-Za-z0-9])"
)
# 123-45-6789, the shape of no date and of no telephone number; nine digits, the third group the longest.
_SOCIAL_SECURITY = re.compile(r"[0-8][0-9]{2}(?<![0-9\-]...)-(?!00)[0-9]{2}-(?!0000)[0-9]{4}(?![0-9\-])")


def labelled(plain: str) -> Iterator[Span]:
    """Numbers with a label, in a page's text."""
    for m in _NUMBER.finditer(plain):
        yield from _judged(plain, m)
    is_mixed = _MIXED_CUE.search(plain)
    if is_mixed:
        for m in _MIXED.finditer(plain):
            if not m.group().isdigit() and _strong(plain, m.start()):
                yield *m.span(), ACCOUNT_NUMBER
    if "普通" in plain or "当座" in plain or "貯蓄" in plain:
        yield from ((*m.span(1), ACCOUNT_NUMBER) for m in _ORDINARY.finditer(plain))
    if "記号" in plain:
        yield from ((*m.span(1), ACCOUNT_NUMBER) for m in _SYMBOL.finditer(plain))
    if is_mixed:
        yield from ((*m.span(), ACCOUNT_NUMBER) for m in _IBAN.finditer(plain) if _is_iban(m.group()))
    yield from ((*m.span(), ACCOUNT_NUMBER) for m in _SOCIAL_SECURITY.finditer(plain))


def _judged(plain: str, m: re.Match[str]) -> Iterator[Span]:
    start, end = m.span()
    if DATE.fullmatch(m.group()) or (DATE.match(m.group()) and plain[end : end + 1] in (":", "時")):
        return
    before = plain[max(0, start - _BEFORE) : start]
    has_label = has_stem(before)
    if has_label and _MY_NUMBER_WORD.search(before) and count(plain, start, end) >= _MY_NUMBER_DIGITS:
        yield start, end, MY_NUMBER
    elif _AMOUNT.match(plain, end):
        return
    elif (has_label and _WORD.search(before)) or _AFTER.match(plain, end):
        letters = _LETTERS.search(before)
        yield start - len(letters[0]) if letters else start, end, ACCOUNT_NUMBER


def _strong(plain: str, start: int) -> bool:
    before = plain[max(0, start - _BEFORE) : start]
    return has_stem(before) and bool(_WORD.search(before) and _STRONG.search(before))


def _is_iban(written: str) -> bool:
    """ISO 13616: the first four characters last, letters as numbers from 10, modulo 97 is 1."""
    plain = re.sub(r"[ \-]", "", written)
    if not 15 <= len(plain) <= 34:
        return False
    return int("".join(str(int(c, 36)) for c in plain[4:] + plain[:4])) % 97 == 1
