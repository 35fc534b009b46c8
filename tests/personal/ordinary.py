"""Ordinary long numbers in sentences: nobody's, and to be kept as they are.

The forms are those of docs/gate.md, "What stays"; the sentences are ours.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from stdnum import ean, isbn

from tests.personal.kinds import digits

Draw = Callable[[random.Random], str]


def _day(dice: random.Random) -> tuple[int, int, int]:
    return dice.randint(2015, 2029), dice.randint(1, 12), dice.randint(1, 28)


def _clock(dice: random.Random) -> tuple[int, int, int]:
    return dice.randint(0, 23), dice.randint(0, 59), dice.randint(0, 59)


def _stamp(dice: random.Random) -> str:
    return "{:04}{:02}{:02}{:02}{:02}{:02}".format(*_day(dice), *_clock(dice))


def _stamp_hyphens(dice: random.Random) -> str:
    return "{:04}-{:02}-{:02}-{:02}-{:02}-{:02}".format(*_day(dice), *_clock(dice))


def _stamp_parted(dice: random.Random) -> str:
    between = dice.choice(("_", "-", " "))
    return "{:04}{:02}{:02}{}{:02}{:02}{:02}".format(*_day(dice), between, *_clock(dice))


def _stamp_written(dice: random.Random) -> str:
    return "{:04}/{:02}/{:02} {:02}:{:02}:{:02}".format(*_day(dice), *_clock(dice))


def _short_stamp(dice: random.Random) -> str:
    year, month, day = _day(dice)
    return "{:02}/{:02}/{:02} {:02}:{:02}:{:02}".format(year % 100, month, day, *_clock(dice))


def _millis(dice: random.Random) -> str:
    return f"{_stamp(dice)}{dice.randint(0, 999):03}"


def _days(dice: random.Random) -> str:
    return "{:04}-{:02}-{:02} - {:04}-{:02}-{:02}".format(*_day(dice), *_day(dice))


def _clocks(dice: random.Random) -> str:
    return "、".join("{:02}:{:02}".format(*_clock(dice)[:2]) for _ in range(3))


def _receipt(dice: random.Random) -> str:
    return "{:04}{:02}{:02}".format(*_day(dice)) + digits(dice, dice.choice((6, 7, 8)))


def _isbn(dice: random.Random) -> str:
    body = dice.choice(("978", "979")) + dice.choice("0134") + digits(dice, 8)
    return body + ean.calc_check_digit(body)


def _isbn_hyphens(dice: random.Random) -> str:
    body = "9784" + digits(dice, 8)
    return isbn.format(body + ean.calc_check_digit(body))


def _jan(dice: random.Random) -> str:
    body = dice.choice(("45", "49")) + digits(dice, 10)
    return body + ean.calc_check_digit(body)


def _decimal(dice: random.Random) -> str:
    count = dice.choice((13, 14, 15, 16))
    return f"{dice.randint(0, 179)}." + digits(dice, count)


def _scores(dice: random.Random) -> str:
    return dice.choice((",", ", ", "、", "/")).join(
        str(dice.randint(1, 5)) for _ in range(dice.randint(12, 16))
    )


def _years(dice: random.Random) -> str:
    first, count = dice.randint(1990, 2020), dice.randint(3, 5)
    return dice.choice((", ", "、", "/", "・", " ", "-")).join(str(first + n) for n in range(count))


def _amazon(dice: random.Random) -> str:
    return f"{digits(dice, 3)}-{digits(dice, 7)}-{digits(dice, 7)}"


def _rakuten(dice: random.Random) -> str:
    return f"{digits(dice, 6)}-{'{:04}{:02}{:02}'.format(*_day(dice))}-{digits(dice, 10)}"


def _google(dice: random.Random) -> str:
    return "GPA." + "-".join((digits(dice, 4), digits(dice, 4), digits(dice, 4), digits(dice, 5)))


def _amount(dice: random.Random) -> str:
    return f"{dice.randint(100, 999)}," + ",".join(f"{dice.randint(0, 999):03}" for _ in range(3))


def _prices(dice: random.Random) -> str:
    return "、".join(f"{dice.randint(10, 99)}00" for _ in range(3))


def _steps(dice: random.Random) -> str:
    return ", ".join(str(n) for n in range(10, 80, 10)[: dice.choice((6, 7))])


def _sizes(dice: random.Random) -> str:
    return dice.choice(("1080/1440/2160", "1024/2048/4096", "1080、1440、2160"))


def _versions(dice: random.Random) -> str:
    return "、".join(f"{dice.randint(1, 9)}.{dice.randint(0, 9)}.{dice.randint(0, 9)}" for _ in range(4))


def _build(dice: random.Random) -> str:
    return f"{dice.randint(80, 130)}.0.{dice.randint(4000, 6000)}.{dice.randint(10, 199)}"


def _address(dice: random.Random) -> str:
    return f"192.168.{dice.randint(100, 255)}.{dice.randint(100, 255)}"


def _many_zeros(dice: random.Random) -> str:
    return "1" + "0" * dice.randint(12, 20)


def _counted(dice: random.Random) -> str:
    return f"{dice.randint(1000, 1899)}円、{dice.randint(2100, 9999)}円、{dice.randint(2100, 9999)}円"


SENTENCES: tuple[tuple[Draw, tuple[str, ...]], ...] = (
    (_stamp, ("処理時刻 {n} で止まった。", "ログに{n}と出ます",
        "crashed at {n} again", "file IMG_{n}.jpg is lost")),
    (_stamp_hyphens, ("Screenshot_{n} を添付します", "screenshot {n} shows it", "記録は{n}です")),
    (_stamp_parted, ("backup {n} failed", "保存名は{n}でした")),
    (_stamp_written, ("{n} に落ちた", "It froze on {n}.")),
    (_short_stamp, ("{n} crashed", "発生は{n}")),
    (_millis, ("trace {n} ended", "時刻印は{n}")),
    (_days, ("期間は {n} です", "Broken {n}, then fine.")),
    (_clocks, ("落ちたのは{n}の三回", "アラームは{n}に鳴りました")),
    (_receipt, ("レシート番号 {n} が読めない", "注文番号は{n}です。",
        "My receipt {n} is gone", "order no. {n} never came", "受付番号：{n}")),
    (_isbn, ("ISBN {n} の本が出ない", "searching ISBN: {n} finds nothing", "ISBN{n}で検索")),
    (_isbn_hyphens, ("この本（{n}）が検索できない", "ISBN {n} is missing")),
    (_jan, ("JANコード {n} を読まない", "バーコード{n}が通らない",
        "scanned barcode {n}, nothing", "EAN {n} not found")),
    (_decimal, ("円周率みたいに{n}と表示される",
        "It shows {n} instead of a rounded value", "緯度が{n}になる")),
    (_scores, ("家族の採点は{n}でした", "Our scores: {n}", "評価は{n}とばらばら", "friends gave stars {n}")),
    (_years, ("{n}と毎年同じ不具合", "It was fine in {n}.", "{n}年の分が消えた")),
    (_amazon, ("注文 {n} が届かない", "Order {n} is not shown")),
    (_rakuten, ("注文番号 {n} を取り消したい", "order {n} twice")),
    (_google, ("注文番号 {n} を返金して", "Refund {n} please")),
    (_amount, ("予算が{n}円と出る", "The state spent ${n} on this", "残高{n}円は桁あふれ？")),
    (_prices, ("{n}円のどれも選べない", "料金は{n}円です")),
    (_steps, ("{n} percent, then it stops", "進捗が{n}で止まる")),
    (_sizes, ("解像度{n}のどれでも同じ", "tried {n}, all blurred")),
    (_versions, ("{n}のどれでも落ちる", "不具合は{n}で同じ")),
    (_build, ("Chrome {n} では開けない", "WebView {n} is broken")),
    (_address, ("プリンター {n} に届かない", "router at {n} not found")),
    (_many_zeros, ("{n}点満点をあげたい", "{n} stars!")),
    (_counted, ("{n}の順に請求された",)),
)  # fmt: skip


def ordinary(count: int, seed: int) -> list[str]:
    """`count` sentences, every form in every sentence by turns."""
    dice = random.Random(seed)
    pairs = [(draw, sentence) for draw, sentences in SENTENCES for sentence in sentences]
    made = []
    for n in range(count):
        draw, sentence = pairs[n % len(pairs)]
        made.append(sentence.replace("{n}", draw(dice)))
    return made
