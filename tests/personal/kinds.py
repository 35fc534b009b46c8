"""Made-up numbers of every kind, as groups of digits, and the words that people put before them."""

from __future__ import annotations

import random
from functools import cache

from stdnum import luhn
from stdnum.jp import cn

# What stands before a number of which only the label tells that it is personal, and how it looks:
# 9 is any digit, A any letter.
ACCOUNTS = {
    "ja": (
        ("口座番号は", "9999999"),
        ("みずほ銀行渋谷支店 普通 ", "9999999"),
        ("普通預金の口座 ", "9999999"),
        ("ゆうちょ 記号番号 ", "99999-99999999"),
        ("振込先は", "999-9999999"),
        ("被保険者番号：", "99999999"),
        ("健康保険証の番号は", "99999999"),
        ("雇用保険の被保険者番号 ", "9999-999999-9"),
        ("介護保険の被保険者番号は", "9999999999"),
        ("基礎年金番号は", "9999-999999"),
        ("年金番号 ", "9999-999999"),
        ("運転免許証の番号は", "999999999999"),
        ("免許証番号 ", "9999 9999 9999"),
        ("パスポート番号は", "AA9999999"),
        ("旅券番号：", "AA9999999"),
        ("在留カード番号は", "AA99999999AA"),
        ("在留カード ", "AA99999999AA"),
        ("住民票コードは", "99999999999"),
        ("診察券番号 ", "99999999"),
        ("会員番号は", "9999999999"),
        ("利用者識別番号 ", "9999 9999 9999 9999"),
        ("証券番号は", "9999999999"),
    ),
    "en": (
        ("my account number is ", "9999999"),
        ("bank account no. ", "99999999"),
        ("passport number ", "AA9999999"),
        ("passport no: ", "999999999"),
        ("residence card number ", "AA99999999AA"),
        ("my SSN is ", "999-99-9999"),
        ("social security number ", "999-99-9999"),
        ("driver's license number ", "A9999999"),
        ("driving licence no ", "AAAAA999999AA9AA"),
        ("insurance number ", "9999999999"),
        ("health insurance card ", "99999999"),
        ("basic pension number ", "9999-999999"),
        ("member ID ", "99999999"),
        ("policy number ", "9999999999"),
        ("tax ID ", "99 999 999 999"),
        ("patient number ", "9999999"),
        ("national insurance number ", "AA999999A"),
        ("routing number ", "999999999"),
        ("Kontonummer ", "9999999999"),
        ("card number ", "999999999"),
    ),
}
STREETS = ("Maple Street", "Old Mill Road", "Harbour Avenue", "Cherry Tree Lane", "King William Drive")
TOWNS = (
    "Springfield, IL 62704",
    "Riverton, WY 82501",
    "Fairview, TX 75069",
    "Lakeside, CA 92040",
)
PLACES = (
    "東京都江戸川区架空町",
    "大阪府堺市堺区見本町",
    "北海道札幌市北区例示町",
    "神奈川県横浜市西区みなと架空",
    "京都府京都市左京区試験町",
    "福岡県福岡市中央区想像町",
    "愛知県名古屋市中区仮想通",
    "長野県北佐久郡軽例町例字",
    "沖縄県那覇市つくり町",
    "広島県広島市南区霧が丘",
)
HOUSES = ("", "コーポ見本203", " 架空マンション1204", "ハイツ例示101号室", "")


def digits(dice: random.Random, count: int) -> str:
    """Random digits; the first is not zero."""
    return str(dice.randint(1, 9)) + "".join(str(dice.randint(0, 9)) for _ in range(count - 1))


def grouped(number: str, sizes: tuple[int, ...]) -> list[str]:
    """A number cut into groups of these sizes."""
    ends = [sum(sizes[: n + 1]) for n in range(len(sizes))]
    return [number[end - size : end] for end, size in zip(ends, sizes, strict=True)]


def filled(pattern: str, dice: random.Random) -> str:
    """A pattern of 9 and A with made-up digits and letters."""
    marks = {"9": "0123456789", "A": "ABCDEFGHJKLMNPRSTUVWXYZ"}
    # A social security number begins with neither 000 nor 9, and no group is all zeros.
    return "".join(
        dice.choice(marks[c].strip("0") if n % 4 == 0 and c == "9" else marks[c]) if c in marks else c
        for n, c in enumerate(pattern)
    ).replace("9", "8", 1 if pattern[0] == "9" else 0)


def card(dice: random.Random) -> tuple[str, tuple[int, ...]]:
    """A card number whose last digit is right by Luhn, and how it is grouped."""
    start, length, sizes = dice.choice(
        (("4", 16, (4, 4, 4, 4)), ("5", 16, (4, 4, 4, 4)), ("35", 16, (4, 4, 4, 4)), ("37", 15, (4, 6, 5)))
    )
    body = start + digits(dice, length - len(start) - 1)
    return body + luhn.calc_check_digit(body), sizes


def corporate_number(dice: random.Random) -> str:
    """Thirteen digits, the first of which is the check digit."""
    body = digits(dice, 12)
    return cn.calc_check_digit(body) + body


def phone_in_japan(dice: random.Random) -> list[str]:
    """The groups of a mobile, fixed, free or internet number."""
    four = digits(dice, 4)
    return dice.choice(
        [
            [dice.choice(("070", "080", "090")), digits(dice, 4), four],
            ["03", str(dice.randint(3, 6)) + digits(dice, 3), four],
            ["06", "6" + digits(dice, 3), four],
            ["045", "2" + digits(dice, 2), four],
            ["011", "2" + digits(dice, 2), four],
            ["0120", digits(dice, 3), digits(dice, 3)],
            ["050", str(dice.randint(1, 5)) + digits(dice, 3), four],
        ]
    )


@cache
def _examples() -> tuple[str, ...]:
    import phonenumbers
    from phonenumbers import PhoneNumberType as Kind

    regions = ("US", "GB", "DE", "FR", "KR", "CN", "BR", "PH", "VN", "NP", "IN", "JP")
    found = [
        phonenumbers.example_number_for_type(r, k) for r in regions for k in (Kind.MOBILE, Kind.FIXED_LINE)
    ]
    return tuple(phonenumbers.format_number(n, phonenumbers.PhoneNumberFormat.E164) for n in found if n)


def phone_abroad(dice: random.Random) -> str:
    """A number in one of the international settings, with its last digits changed."""
    import phonenumbers
    from phonenumbers import PhoneNumberFormat as Form

    while True:
        number = phonenumbers.parse(dice.choice(_examples())[:-3] + f"{dice.randint(0, 999):03}")
        if phonenumbers.is_valid_number(number):
            break
    form = dice.choice((Form.E164, Form.INTERNATIONAL, Form.RFC3966))
    written = phonenumbers.format_number(number, form)
    return dice.choice(
        (written, written.replace(" ", "-"), written.replace(" ", "."), written.replace("+", "＋"))
    )


def name(dice: random.Random) -> str:
    """The first part of an e-mail address, like no word."""
    letters = "bcdfghjkmnpqrstvwxyz"
    return (
        "".join(dice.choice(letters) for _ in range(5))
        + dice.choice((".", "_", "-", ""))
        + "".join(dice.choice(letters) for _ in range(5))
    )
