"""Texts as people might write them, each with one personal number or address, in every form, seeded."""

from __future__ import annotations

import random
from dataclasses import dataclass
from itertools import cycle, islice

from tests.personal.writers import Writer, all_forms

# {n} is where the number goes; there are no other digits.
_OPENINGS = {
    "ja": (
        "ログインのたびに聞かれます。{n} と入れても通りません。",
        "問い合わせ用に書いておきます、{n} です。",
        "画面に {n} と出たまま固まる。",
        "母の代わりに書いています。{n} で登録できませんでした",
        "至急対応してください！{n}",
        "サポートに伝えたのは{n}、それでも返事なし。",
        "使いやすいけど、{n}が勝手に消えるのはなぜ？",
        "{n}\nこれで合っていますか。",
        "入力欄に「{n}」と打つと落ちる…",
        "何度やっても駄目。（{n}）",
    ),
    "en": (
        "It asks me every time: {n} and still it fails.",
        "For your support team: {n}",
        "I typed {n} and the app closed.",
        "Writing for my mother. {n} could not be registered!",
        "Please fix it soon - {n}",
        "Great app, but it lost {n} again.",
        "{n}\nis that right?",
        'The field says "{n}" and nothing happens...',
        "Tried three times ({n}), no luck.",
        "Why does it show {n} to everybody?",
    ),
}
# What must stay as it is.
_HARMLESS = {
    "ja": (
        "v2.1.3にしてから変です。",
        "2026年4月1日から使っています。",
        "12,800円の還付が楽しみ。",
        "★5をつけたい。",
        "9:30に開かない。",
        "iOS 18.2です。",
        "三回目の登録でやっと。",
        "一番便利。",
        "バージョン1.4.2（ビルド20251014）です。",
        "",
    ),
    "en": (
        "Since v2.1.3 it is slow. ",
        "Used since 2026-04-01. ",
        "Cost me $1,280. ",
        "5/5 stars otherwise. ",
        "Broken since 9:30. ",
        "On iOS 18.2 here. ",
        "Was fine in 2019, 2020 and 2021. ",
        "Build 20251014 is worse. ",
        "10 of 10 friends agree. ",
        "",
    ),
}
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True, kw_only=True)
class Personal:
    """One text and what nobody may find of it afterwards."""

    marker: str
    """A word that stands in the text, too, and is no part of what is personal: by it the text is found."""
    kind: str
    form: str
    title: str | None
    text: str
    digits: str = ""
    """The number's digits; empty for what is told by words."""
    words: str = ""
    """What else may not be found, in lower case: a name before the at sign, a token, a street."""
    kept: str = ""
    """What must stay in the text."""
    written: str = ""
    """The number or address as the text has it."""


def generate(count: int, seed: int) -> list[Personal]:
    """`count` texts: first every kind in every form once, in random order, then again with other numbers."""
    dice = random.Random(seed)
    wanted = list(all_forms())
    dice.shuffle(wanted)
    made = []
    for number, (kind, form, write) in enumerate(islice(cycle(wanted), count)):
        language = dice.choice(("ja", "en"))
        made.append(_text(_marker(number), kind, form, write, language, dice))
    return made


def text_with(number: int, kind: str, form: str, written: str, digits: str, dice: random.Random) -> Personal:
    """The `number`-th text, around something that is written already; a NUL parts title and text."""

    def write(_dice: random.Random, _language: str) -> tuple[str, str, str]:
        return written, digits, ""

    place = "split: " if "\0" in written else ""
    language = dice.choice(("ja", "en"))
    return _text(_marker(number), kind, f"{place}{form}", write, language, dice)


def forms_in_all() -> int:
    """How many pairs of kind and form there are."""
    return sum(1 for _ in all_forms())


def _marker(number: int) -> str:
    letters = []
    for _ in range(4):
        number, place = divmod(number, 26)
        letters.append(_LETTERS[place])
    return "qz" + "".join(letters)


def _text(marker: str, kind: str, form: str, write: Writer, language: str, dice: random.Random) -> Personal:
    if kind == "account":
        language = "ja" if form.startswith("ja") else "en"
    written, digits, words = write(dice, language)
    kept = dice.choice(_HARMLESS[language])
    if form.startswith("split"):
        title, _, rest = written.partition("\0")
        text = f"{rest} {_plain_end(language)}"
    else:
        title = dice.choice((None, None, f"{marker}"))
        text = dice.choice(_OPENINGS[language]).replace("{n}", written)
    return Personal(
        marker=marker,
        kind=kind,
        form=form,
        title=title,
        text=f"{kept}{text} {marker}" if form[:5] != "split" else f"{text} {kept} {marker}",
        digits=digits,
        words=words.lower(),
        kept=kept.strip(),
        written=written.replace("\0", ""),
    )


def _plain_end(language: str) -> str:
    return "と書いても駄目でした。" if language == "ja" else "is what I typed."
