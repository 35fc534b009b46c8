"""Which texts were drawn to be labelled: `python -m models.training.draw ja_play > sheet.tsv`.

Seeded, so that anybody can draw the same ones again. A sheet holds a key and a text a row, nothing that
would give the answer away: no stars, no score, nobody else's label. Words choose what is drawn of the survey
and of the English reviews, since most of both says nothing that is hard; they label nothing.
"""

from __future__ import annotations

import argparse
import csv
import re
import sys
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from models.training import readers

SEED = 22
# How many comments of the survey on which subject, and the words by which they are found.
SURVEY_SUBJECTS = (
    ("digital", 200,
     r"アプリ|予約|サイト|ホームページ|HP|検索|[Ww]i-?[Ff]i|電波|QR|ＱＲ|決済|キャッシュレス|[Pp]ay|ペイ|電子|デジタル|スマホ|携帯|ネット"
     r"|オンライン|ポイント|クーポン|登録|券売機|セルフ|ICOCA|Suica|ICカード|ICカード|[Gg]oogle|グーグル|ナビ|LINE|インスタ|SNS|ダウンロード"),
    ("staff", 120, r"スタッフ|店員|職員|係の|係員|接客|対応|ガイドさん|説明|受付|運転手"),
    ("price", 100, r"値段|料金|価格|高い|高く|高すぎ|安い|安く|円|割引|入館料|入場料|無料|有料|コスパ"),
    ("access", 100, r"アクセス|本数|駐車|乗り換え|乗り継ぎ|時刻|レンタカー|公共交通|バリアフリー|車椅子"
     r"|ベビーカー|階段|駅から|標識|看板"),
    ("waiting", 80, r"待ち|待た|待って|並ん|並ば|行列|混ん|混雑|渋滞"),
)  # fmt: skip
# How many more of each were drawn the second time, none of them drawn before.
SURVEY_AGAIN = {"digital": 140, "staff": 60, "price": 80, "access": 70, "waiting": 50}
# (name, count, words, stars) of the English reviews that people labelled.
ENGLISH_KINDS = (
    ("contrast", 100, r"\b(but|however|although|though|except|apart from|only)\b", (2, 3, 4, 5)),
    ("request", 100, r"\b(please|pls|wish|would be|could you|should|hope|add|suggest|option)\b",
     (2, 3, 4, 5)),
    ("resolved", 60, r"\b(fixed|fix|resolved|solved|works now|working now|again|finally)\b", (1, 2, 3, 4, 5)),
    ("question", 60, r"\?|\b(how|why|when|anyone|does it|can i)\b", (1, 2, 3, 4, 5)),
    ("praise_few_stars", 40, r"\b(great|love|nice|good|thanks|thank|well done|wow|awesome|perfect)\b",
     (1, 2)),
    ("middling", 40, r"", (3,)),
)  # fmt: skip
ENGLISH_AGAIN = {
    "contrast": 50, "request": 30, "resolved": 35, "question": 30, "praise_few_stars": 35, "middling": 20,
}  # fmt: skip
Row = tuple[str, str]
Fits = Callable[[Row], bool]


def ja_play(count: int = 600) -> list[Row]:
    """The second Japanese validation set: `count` Play reviews at random, by nothing else."""
    pool = sorted(readers.play_reviews(), key=lambda r: r.key)
    order = np.random.default_rng(SEED).permutation(len(pool))[:count]
    return [(pool[n].key, pool[n].text) for n in order]


def survey() -> list[Row]:
    """Comments that speak of digital services, staff, prices, access and waiting, subject by subject."""
    return _comments({name: count for name, count, _ in SURVEY_SUBJECTS}, ())


def survey_again() -> list[Row]:
    """Others of the same subjects."""
    return _comments(SURVEY_AGAIN, survey())


def _comments(counts: Mapping[str, int], before: Sequence[Row]) -> list[Row]:
    pool = sorted({c.key: c.text for c in readers.survey_comments()}.items() - set(before))
    return _by_kind(pool, [(counts[name], _speaks(words)) for name, _, words in SURVEY_SUBJECTS])


def _speaks(words: str, flags: int = 0) -> Fits:
    pattern = re.compile(words, flags)
    return lambda row: pattern.search(row[1]) is not None


def english() -> list[Row]:
    """English reviews of apps that training may see, of the kinds that an earlier model got wrong."""
    return _reviews({name: count for name, count, _, _ in ENGLISH_KINDS}, ())


def english_again() -> list[Row]:
    """Others of the same kinds."""
    return _reviews(ENGLISH_AGAIN, english())


def _reviews(counts: Mapping[str, int], before: Sequence[Row]) -> list[Row]:
    kept = [r for r in readers.people_labelled() if r.language == "en" and not r.is_held_out]
    stars = {r.key: r.stars for r in kept}
    pool = sorted({r.key: r.text for r in kept if len(r.text) > 12}.items() - set(before))

    def fits(words: str, given: Sequence[int]) -> Fits:
        speaks = _speaks(words, re.IGNORECASE)
        return lambda row: stars[row[0]] in given and speaks(row)

    return _by_kind(pool, [(counts[name], fits(words, given)) for name, _, words, given in ENGLISH_KINDS])


def _by_kind(pool: Sequence[Row], kinds: Sequence[tuple[int, Fits]]) -> list[Row]:
    """So many of each kind, none twice, then all in one random order."""
    generator = np.random.default_rng(SEED)
    found: dict[str, Row] = {}
    for count, fits in kinds:
        left = [row for row in pool if row[0] not in found and fits(row)]
        found |= {left[n][0]: left[n] for n in generator.permutation(len(left))[:count]}
    drawn = list(found.values())
    return [drawn[n] for n in generator.permutation(len(drawn))]


SHEETS: dict[str, Callable[[], list[Row]]] = {
    "ja_play": ja_play,
    "survey": survey,
    "survey_again": survey_again,
    "english": english,
    "english_again": english_again,
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Write a sheet to standard output."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sheet", choices=sorted(SHEETS))
    writer = csv.writer(sys.stdout, delimiter="\t", lineterminator="\n")
    writer.writerows(SHEETS[parser.parse_args(arguments).sheet]())


if __name__ == "__main__":
    main()
