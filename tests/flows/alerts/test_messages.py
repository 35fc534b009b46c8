"""What people read: the same in both languages, and of a hostile review words and nothing else."""

from __future__ import annotations

import re
import string
import tomllib
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from dashboard.app import PAGES
from dashboard.url_state import LANGUAGE, SCOPE
from flows.alerts import links, messages
from flows.alerts.foreign import tamed
from flows.alerts.incidents import News
from flows.alerts.messages import Facts
from flows.alerts.published import Quote
from flows.alerts.signals import Signal
from flows.alerts.words import WORDING, words
from flows.config.alerts import KINDS, OF_APPS
from tests.builders import day
from tests.flows.alerts.house import signal

STARS = {
    "measure": "mean_stars", "began": "2026-03-05", "began_low": "2026-03-03", "began_high": "2026-03-07",
    "value_before": 3.5, "value_after": 2.5, "change": -1.0, "low": -1.4, "high": -0.6, "n_before": 40,
    "n_after": 1250,
}  # fmt: skip
HOSTILE = (
    "<script>alert(1)</script> @channel **look** [here](https://evil.example/x) www.evil.example "
    "evil.com/login `rm` \u202egnp.exe\u2066 #all ~~no~~ ||spoiler|| <!everyone> {{x}}"
)


def _news(*found: Signal, step: str = "raised") -> News:
    return News(incident="i1", step=step, signals=found, fresh=frozenset())  # type: ignore[arg-type]


def _facts(*quotes: str) -> Facts:
    def said(_: Signal) -> Sequence[Quote]:
        return [Quote(stars=1, text=text, day=day(3).date(), version=None) for text in quotes]

    return Facts(quotes=said, view=lambda s, language: links.view("https://stars.example.go.jp", s, language))


def test_both_languages_have_the_same_texts_with_the_same_places() -> None:
    texts = {n: tomllib.loads((WORDING / f"{n}.toml").read_text("utf-8")) for n in ("en", "ja")}

    def places(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    assert {g: set(t) for g, t in texts["en"].items()} == {g: set(t) for g, t in texts["ja"].items()}
    for group, said in texts["en"].items():
        for key, text in said.items():
            assert places(text) == places(texts["ja"][group][key]), (group, key)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_kind_has_its_title(language: str) -> None:
    t = words(language)
    for kind in KINDS:
        ways = (
            ("trouble",)
            if kind not in OF_APPS or kind in ("source_silent", "coverage_lost")
            else ("worse", "better")
        )
        for way in ways:
            assert f"title.{kind}_{way}" in t.texts
    assert "title.topic_burst_more" in t.texts


def test_a_hostile_review_is_words_in_every_form() -> None:
    message = messages.alert(
        words("en"), _news(signal(numbers=STARS)), _facts(HOSTILE), id_="m", channel="c", subject=None
    )
    assert message.markdown is not None
    assert message.html is not None
    for body in (message.text, message.markdown, message.html):
        quoted = body.replace("https://stars.example.go.jp", "")
        assert "evil" not in quoted
        assert not re.search(
            r"<script|<!everyone|@channel|\*\*look|\]\(|`rm`|~~|\|\||\u202e|\u2066|#all", quoted
        )
    assert "alert(1)" in message.text
    assert "(link)" in message.text


def test_words_of_many_languages_stay_as_they_are() -> None:
    for text in ("動かない。ログインできません", "Не работает!", "لا يعمل", "👩‍👩‍👧 ok", "می‌خواهم"):
        assert tamed(text, 100) == text
    assert tamed("x" * 200, 10) == "xxxxxxxxx…"
    assert tamed("a\u0301\u0301\u0301\u0301\u0301\u0301\u0301b", 100).count("\u0301") == 4
    assert tamed("two\nlines\tand\x1b[31m", 100) == "two lines and ［31m"


def test_numbers_are_written_as_the_language_writes_them() -> None:
    en = messages.alert(
        words("en"), _news(signal(numbers=STARS)), _facts(), id_="m", channel="c", subject=None
    )
    ja = messages.alert(
        words("ja"), _news(signal(numbers=STARS)), _facts(), id_="m", channel="c", subject=None
    )
    assert "3.50 → 2.50 (change −1.00, 95% interval −1.40 to −0.60); n = 40 before, 1,250 since." in en.text
    assert "Began most likely on 5 Mar 2026 (3 Mar 2026 – 7 Mar 2026)." in en.text
    assert "動き始めは2026年3月5日ごろ（2026年3月3日〜2026年3月7日）。" in ja.text
    assert ja.html is not None
    assert '<div lang="ja">' in ja.html
    shares = {"measure": "share_one_star", "value_before": 0.37, "value_after": 0.54, "change": 0.17,
              "low": 0.06, "high": 0.28}  # fmt: skip
    one = messages.alert(
        words("en"), _news(signal(numbers=STARS | shares)), _facts(), id_="m", channel="c", subject=None
    )
    assert "37% → 54% (change +17 points, 95% interval +6 to +28)" in one.text


def test_what_is_taken_back_quotes_nobody_and_says_so_first() -> None:
    gone = replace(signal(numbers=STARS), state="withdrawn", over=day(11).date(), why="not_confirmed")
    message = messages.alert(
        words("ja"), _news(gone, step="withdrawn"), _facts("動かない"), id_="m", channel="c", subject="件名"
    )
    assert message.title == "[取り下げ] 件名"
    assert message.subject == "Re: 件名"
    assert message.text.startswith("この通知を取り下げます。")
    assert "動かない" not in message.text
    assert "2026年3月12日に取り下げ：その後のレビューで確認されなかった。" in message.text


@pytest.mark.parametrize("kind", KINDS)
def test_a_link_is_one_that_the_dashboard_reads(kind: str) -> None:
    url = urlsplit(links.view("https://h/stars", signal(kind, version="2.0"), "ja"))
    page = url.path.removeprefix("/stars/")
    assert page in PAGES
    asked = parse_qs(url.query)
    assert set(asked) <= {*SCOPE, "release", LANGUAGE}
    assert asked[LANGUAGE] == ["ja"]
    if page != "health":
        assert asked["app"] == ["jp.example.app"]
        assert len(asked["days"]) == 2
