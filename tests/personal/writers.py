"""Every kind of personal number and address in every form: who writes it how."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from tests.personal import forms, kinds

Written = tuple[str, str, str]
"""How it is written, its digits, its words."""
Writer = Callable[[random.Random, str], Written]


def all_forms() -> Iterator[tuple[str, str, Writer]]:
    """(kind, form, writer); every pair once."""
    yield from _my_numbers()
    yield from _others()
    yield from _phones()
    yield from _accounts()
    yield from _addresses()


def _number(how: Callable[[list[str], random.Random], str], sizes: tuple[int, ...] = (4, 4, 4)) -> Writer:
    def write(dice: random.Random, _language: str) -> Written:
        number = kinds.digits(dice, sum(sizes))
        return how(kinds.grouped(number, sizes), dice), number, ""

    return write


_GROUPINGS = ((12,), (6, 6), (3, 3, 3, 3), (2,) * 6, (1,) * 12, (1, 11), (5, 7), (4, 8))


def _my_numbers() -> Iterator[tuple[str, str, Writer]]:
    kind = "My Number"
    for separator, between in (forms.TIGHT | forms.LOOSE).items():
        for name in ("ascii", "full width", "kanji"):
            to = forms.script(name)
            yield kind, f"{name}, {separator}", _number(lambda g, d, b=between, t=to: b.join(map(t, g)))
    for name in forms.SCRIPTS:
        to = forms.script(name)
        for between in ("", " ", "-", "・"):
            yield kind, f"{name}, {between!r}", _number(lambda g, d, b=between, t=to: b.join(map(t, g)))
    for sizes in _GROUPINGS:
        for between in ("", " ", "-", "－", "\n"):
            yield kind, f"groups {sizes}, {between!r}", _number(lambda g, d, b=between: b.join(g), sizes)
    for between in (".", "の", "🍎", "/", "・"):
        yield kind, f"single digits, {between!r}", _number(lambda g, d, b=between: b.join(g), (1,) * 12)
        yield kind, f"six and six, {between!r}", _number(lambda g, d, b=between: b.join(g), (6, 6))
    yield kind, "every digit another script", _number(lambda g, d: forms.mixed("".join(g), d))
    yield (
        kind,
        "every digit another script, spaced",
        _number(lambda g, d: " ".join(forms.mixed(x, d) for x in g)),
    )
    yield kind, "keycaps", _number(lambda g, d: forms.keycaps("".join(g)))
    yield kind, "keycaps in groups", _number(lambda g, d: " ".join(map(forms.keycaps, g)))
    yield kind, "zero-width between all", _number(lambda g, d: "\u200b".join("".join(g)))
    yield kind, "entities", _number(lambda g, d: forms.entities("".join(g), d))
    yield (
        kind,
        "entities of full-width",
        _number(lambda g, d: forms.entities(forms.script("full width")("".join(g)), d)),
    )
    yield kind, "JSON escapes", _number(lambda g, d: forms.escapes(forms.script("full width")("".join(g))))
    yield (
        kind,
        "JSON escapes of bold",
        _number(lambda g, d: forms.escapes(forms.script("mathematical bold")("".join(g)))),
    )
    yield kind, "percent", _number(lambda g, d: forms.percent("".join(g)))
    yield (
        kind,
        "percent of full-width",
        _number(lambda g, d: forms.percent(forms.script("full width")("".join(g)))),
    )
    yield kind, "percent spaces", _number(lambda g, d: "%20".join(g))
    yield kind, "lookalikes", _lookalikes
    yield kind, "upright", _number(lambda g, d: forms.upright("".join(g)))
    yield (
        kind,
        "upright full-width",
        _number(lambda g, d: forms.upright(forms.script("full width")("".join(g)))),
    )
    yield kind, "numbered list", _number(lambda g, d: "\n" + forms.numbered(g))
    yield kind, "circled list", _number(lambda g, d: forms.circled_list(g))
    for label in ("マイナンバーは", "個人番号 ", "マイナンバー：", "My Number: ", "my number is "):
        yield kind, f"behind {label!r}", _number(lambda g, d, w=label: w + " ".join(g))
        yield kind, f"one short behind {label!r}", _number(lambda g, d, w=label: w + "-".join(g), (4, 4, 3))
        yield (
            kind,
            f"words behind {label!r}",
            _number(lambda g, d, w=label: f"{w}最初が{g[0]}、次の四桁が{g[1]}、最後に{g[2]}"),
        )
    for name, between in forms.JOINED.items():
        yield kind, f"joined by {name!r}", _joined(between)
    yield kind, "kana", _spelled(lambda n, d: forms.kana(n))
    yield kind, "kana, comma", _spelled(lambda n, d: forms.kana(n, between="、"))
    yield kind, "katakana", _spelled(lambda n, d: forms.kana(n, between="・", katakana=True))
    yield kind, "English words", _spelled(lambda n, d: forms.english(n))
    yield kind, "English words, hyphens", _spelled(lambda n, d: forms.english(n, between="-").upper())
    yield kind, "split between title and text", _number(lambda g, d: f"{g[0]} {g[1]}\0{g[2]}")
    yield kind, "split within a group", _number(lambda g, d: f"私の番号 {g[0]}-{g[1][:2]}\0{g[1][2:]}-{g[2]}")


def _lookalikes(dice: random.Random, _language: str) -> Written:
    groups = _with_both(kinds.grouped(kinds.digits(dice, 12), (4, 4, 4)))
    return "-".join(map(forms.lookalikes, groups)), "".join(groups), ""


def _with_both(groups: list[str]) -> list[str]:
    """With a zero and a one to be written as letters, and no more of them."""
    plain = [group.replace("0", "3").replace("1", "7") for group in groups]
    return [plain[0][:3] + "0", "1" + plain[1][1:], plain[2]]


def _joined(between: str) -> Writer:
    def write(dice: random.Random, _language: str) -> Written:
        # Without a label, a group that may be a year is taken for one: docs/gate.md says so.
        groups = [str(dice.randint(2100, 9999)) for _ in range(3)]
        return between.join(groups), "".join(groups), ""

    return write


def _spelled(how: Callable[[str, random.Random], str]) -> Writer:
    def write(dice: random.Random, _language: str) -> Written:
        number = "1" + "".join(dice.sample("0234567890", 10)) + "5"
        return how(number, dice), number, ""

    return write


def _others() -> Iterator[tuple[str, str, Writer]]:
    for name in ("ascii", "full width", "kanji", "circled", "Arabic", "mathematical bold"):
        to = forms.script(name)
        for between in ("", " ", "-", "－", "\u00a0", "\n", "."):
            yield "card", f"{name}, {between!r}", _card(lambda g, b=between, t=to: b.join(map(t, g)))
            yield (
                "corporate number",
                f"{name}, {between!r}",
                _corporate(lambda g, b=between, t=to: b.join(map(t, g))),
            )
    yield "card", "keycaps", _card(lambda g: forms.keycaps("".join(g)))
    yield "card", "joined by words", _card(lambda g: "と".join(g), (4, 4, 4, 4))
    yield "corporate number", "invoice", _corporate(lambda g: "T" + "".join(g))


def _card(how: Callable[[list[str]], str], only: tuple[int, ...] | None = None) -> Writer:
    def write(dice: random.Random, _language: str) -> Written:
        number, sizes = kinds.card(dice)
        while only and (sizes != only or any(g[:2] in ("19", "20") for g in kinds.grouped(number, sizes))):
            number, sizes = kinds.card(dice)
        return how(kinds.grouped(number, sizes)), number, ""

    return write


def _corporate(how: Callable[[list[str]], str]) -> Writer:
    def write(dice: random.Random, _language: str) -> Written:
        number = kinds.corporate_number(dice)
        return how(kinds.grouped(number, (1, 4, 4, 4))), number, ""

    return write


def _phones() -> Iterator[tuple[str, str, Writer]]:
    for name in ("ascii", "full width", "kanji", "circled", "Arabic"):
        to = forms.script(name)
        for between in ("", " ", "-", "－", "ー", "‐", "\u2011", "\u00a0", "の", ".", "\n"):
            yield "phone", f"{name}, {between!r}", _phone(lambda g, b=between, t=to: b.join(map(t, g)))
        yield "phone", f"{name}, brackets", _phone(lambda g, t=to: f"{t(g[0])}({t(g[1])}){t(g[2])}")
        yield "phone", f"{name}, code in brackets", _phone(lambda g, t=to: f"({t(g[0])}) {t(g[1])}-{t(g[2])}")
    yield "phone", "receivers", _phone(lambda g: "📞".join(g))
    yield "phone", "keycaps", _phone(lambda g: forms.keycaps("".join(g)))
    yield "phone", "entities", _phone(lambda g: forms.entities("-".join(g), random.Random(len(g[1]))))
    yield "phone", "+81", _phone(lambda g: f"+81 {g[0][1:]} {g[1]} {g[2]}", cut=1)
    yield "phone", "+81 (0)", _phone(lambda g: f"+81 (0){g[0][1:]}-{g[1]}-{g[2]}", cut=1)
    yield "phone", "0081", _phone(lambda g: f"0081 {g[0][1:]} {g[1]} {g[2]}", cut=1)
    yield "phone", "tel link", _phone(lambda g: "tel:" + "".join(g))
    yield "phone", "fax", _phone(lambda g: "FAX " + " ".join(g))
    for n in range(8):
        yield "phone abroad", f"setting {n}", _abroad
    yield "phone abroad", "American", _american("({0}) {1}-{2}")
    yield "phone abroad", "American, hyphens", _american("{0}-{1}-{2}")
    yield "phone abroad", "German by name", _german


def _phone(how: Callable[[list[str]], str], cut: int = 0) -> Writer:
    def write(dice: random.Random, _language: str) -> Written:
        groups = kinds.phone_in_japan(dice)
        while cut and groups[0] == "0120":
            groups = kinds.phone_in_japan(dice)
        return how(groups), "".join(groups)[cut:], ""

    return write


def _abroad(dice: random.Random, _language: str) -> Written:
    written = kinds.phone_abroad(dice)
    return written, "".join(c for c in written if c.isdigit()), ""


def _american(form: str) -> Writer:
    def write(dice: random.Random, _language: str) -> Written:
        groups = [str(dice.randint(201, 989)), str(dice.randint(200, 999)), kinds.digits(dice, 4)]
        return form.format(*groups), "".join(groups), ""

    return write


def _german(dice: random.Random, _language: str) -> Written:
    number = "0151" + kinds.digits(dice, 8)
    return f"Telefon: {number[:4]} {number[4:]}", number, ""


def _accounts() -> Iterator[tuple[str, str, Writer]]:
    for language, known in kinds.ACCOUNTS.items():
        for label, pattern in known:
            yield "account", f"{language}: {label}", _account(label, pattern, "ascii")
            if pattern.replace("-", "").replace(" ", "").strip("9") == "":
                for name in ("full width", "kanji", "circled"):
                    yield "account", f"{language}: {label}, {name}", _account(label, pattern, name)
    yield "account", "ja: label behind", _behind("が口座番号です")
    yield "account", "en: label behind", _behind(" is my account number")
    yield "account", "ja: Japan Post", _account("ゆうちょ銀行 記号 19998 番号 ", "99999999", "ascii")
    yield "account", "en: IBAN", _iban


def _account(label: str, pattern: str, name: str) -> Writer:
    def write(dice: random.Random, _language: str) -> Written:
        number = kinds.filled(pattern, dice)
        digits = "".join(c for c in number if c.isdigit())
        return label + forms.script(name)(number), digits, ""

    return write


def _behind(label: str) -> Writer:
    def write(dice: random.Random, _language: str) -> Written:
        number = kinds.digits(dice, 7)
        return number + label, number, ""

    return write


def _iban(dice: random.Random, _language: str) -> Written:
    body = kinds.digits(dice, 18)
    check = 98 - int(body + "131400") % 97
    written = f"DE{check:02}{body}"
    return " ".join(written[n : n + 4] for n in range(0, len(written), 4)), f"{check:02}{body}", ""


def _addresses() -> Iterator[tuple[str, str, Writer]]:
    for form in (
        "{0}@example.jp",
        "{0}@mail.example.co.jp",
        "{0}＠example.com",
        "{0}(at)example.com",
        "{0} [at] example.com",
        "{0}アットマークexample.com",
        "{0}あっとまーくexample.jp",
        "{0} at example dot com",
        "{0}&#64;example.com",
        "mail: {0} @ example.com",
        "メールは{0} ＠ example.jp まで",
        "{0}@gmail",
        "mailto:{0}@example.org",
        "{0}&commat;example.net",
        "{0}\\u0040example.com",
        "<{0}@example.com>",
    ):
        yield "e-mail", form, _mail(form)
    yield "e-mail", "full width", _wide_mail
    for form in (
        "https://example.jp/reset?token={0}",
        "https://example.jp/a?session_id={0}&x=1",
        "example.jp/login?key={0}",
        "https://user:{0}@example.com/x",
        "https://example.com/verify/{0}",
        "https://example.jp/#access_token={0}",
        "https://example.com/r?email={0}%40example.com",
        "http://www.example.jp/in?auth={0}",
    ):
        yield "link", form, _link(form)
    for n in range(6):
        yield "address", f"ja {n}", _place
    yield "address", "en", _street
    yield "address", "romaji", _romaji


def _mail(form: str) -> Writer:
    def write(dice: random.Random, _language: str) -> Written:
        name = kinds.name(dice)
        return form.format(name), "", name

    return write


def _wide_mail(dice: random.Random, _language: str) -> Written:
    name = kinds.name(dice)
    wide = "".join(chr(ord(c) + 0xFEE0) for c in f"{name}@example.jp")
    return wide, "", name


def _link(form: str) -> Writer:
    def write(dice: random.Random, _language: str) -> Written:
        token = "".join(dice.choice("abcdefghkmnpqrstuvwxyz23456789") for _ in range(30)) + "a7"
        return form.format(token), "", token

    return write


def _place(dice: random.Random, _language: str) -> Written:
    place, house = dice.choice(kinds.PLACES), dice.choice(kinds.HOUSES)
    a, b, c = dice.randint(1, 9), dice.randint(10, 29), dice.randint(30, 99)
    block = dice.choice(
        (f"{a}-{b}-{c}", f"{a}丁目{b}番{c}号", f"{b}番地{c}", f"{a}丁目{b}-{c}", f"{a}－{b}－{c}")
    )
    code = dice.choice(("", f"〒{dice.randint(100, 999)}-{dice.randint(1000, 9999)} ", ""))
    return f"{code}{place}{block}{house}", "", f"{place}{block}"[-12:].replace("－", "-")


def _street(dice: random.Random, _language: str) -> Written:
    street = f"{dice.randint(10, 9999)} {dice.choice(kinds.STREETS)}"
    return f"{street}, {dice.choice(kinds.TOWNS)}", "", street


def _romaji(dice: random.Random, _language: str) -> Written:
    block = f"{dice.randint(1, 9)}-{dice.randint(10, 30)}-{dice.randint(10, 30)} Mihoncho"
    return f"{block}, Setagaya-ku, Tokyo {dice.randint(100, 999)}-{dice.randint(1000, 9999)}", "", block
