"""Both sides of the gate: no way to write twelve digits passes, and ordinary numbers stay.

A few hundred ways here; `tests/soak` sends twenty thousand through a data folder.
"""

from __future__ import annotations

import pytest

from flows.redaction.gate import passed_field, passed_pair, redact
from flows.redaction.prefilter import may_hold_number
from flows.redaction.spans import spans
from tests.personal.ordinary import SENTENCES, ordinary
from tests.personal.reading import betrays
from tests.personal.texts import Personal
from tests.personal.ways import families, ways

WAYS = ways(600, seed=20261128)


def _both(secret: Personal) -> str:
    return "\n".join(t for t in (secret.title, secret.text) if t)


def _after(secret: Personal) -> str:
    title, text, _ = passed_pair(secret.title, secret.text)
    return "\n".join(t for t in (title, text) if t)


def test_there_are_more_than_twenty_thousand_ways_in_ten_families() -> None:
    assert sum(families().values()) > 20_000
    assert {s.form.removeprefix("split: ").split(":")[0] for s in WAYS} == set(families())


def test_no_way_to_write_a_number_passes() -> None:
    assert [s.form for s in WAYS if betrays(_after(s), s) or s.written in _after(s)] == []


def test_each_can_be_read_before_the_gate() -> None:
    """Else the test above would prove nothing."""
    assert [s.form for s in WAYS if not betrays(_both(s), s)] == []


def test_the_quick_look_says_no_to_none() -> None:
    assert [s.form for s in WAYS if spans(_both(s)) and not may_hold_number(_both(s))] == []


def test_no_way_passes_as_a_version_or_a_device() -> None:
    left = [s.form for s in WAYS if "\0" not in s.written and s.written in (passed_field(s.written) or "")]
    assert left == []


def test_two_hundred_ordinary_numbers_stay() -> None:
    texts = ordinary(200, seed=20261128)
    assert len({sentence for _, sentences in SENTENCES for sentence in sentences}) < len(set(texts))
    assert [text for text in texts if redact(text) != (text, 0)] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("上4桁が1234、中4桁が5678、下4桁が9018", "上4桁が[MY_NUMBER]"),
        ("前半6桁は123456、後半6桁は789018です", "前半6桁は[MY_NUMBER]です"),
        ("1: 1234\n2: 5678\n3: 9018", "1: [MY_NUMBER]"),
        ("first 4 digits 1234, next 4 digits 5678, last 4 9018.", "first 4 digits [MY_NUMBER]."),
        ("".join(f"{n}桁目は{d}、" for n, d in enumerate("123456789018", start=1)), None),
        ("&lt;b&gt;123456&lt;/b&gt;&lt;b&gt;789018&lt;/b&gt;", None),
        ("version 1\u03382\u04893\u20d24\u06105 6\u0338789\u0489018", "version [MY_NUMBER]"),
        ("".join(f"<td>{d}</td>" for d in "123456789018"), None),
        ('<i class="x">1234</i><i class="x">5678</i><i class="x">9018</i>', None),
        ("12,34,56,78,90,18", "[MY_NUMBER]"),
        ("1234-5678-9О18 (Cyrillic)", "[MY_NUMBER] (Cyrillic)"),
        ("1234 56б8 9018", "[MY_NUMBER]"),
        ("1234Ч5678901 x", "[MY_NUMBER] x"),
        ("123456789S18", "[MY_NUMBER]"),
        ("О-1-2-3-4-5-6-7-8-9-1-8", "[MY_NUMBER]"),
        ("1 2 3 4 5 6 7 8 9 O I 8", "[MY_NUMBER]"),
        ("１２３４－５６７８－９Ｏ１８", "[MY_NUMBER]"),
        ("|234 5678 90!8", "[MY_NUMBER]"),
        ("個人番号は123,456,789,018円", "個人番号は[MY_NUMBER]円"),
        ("⠼⠁⠃⠉⠙ ⠼⠑⠋⠛⠓ ⠼⠊⠚⠁⠓", None),
        ("1\U000e01012\U000e010134 5678 9018", "[MY_NUMBER]"),
        ("1234・56\n78・9018", "[MY_NUMBER]"),
        ("1と2と3と4と5と6と7と8と9と0と1と8", "[MY_NUMBER]"),
        ("12/345/6789/018 がマイナンバー", "[MY_NUMBER] がマイナンバー"),
        ("123456789018", "[MY_NUMBER]"),
        ("order 123456789018", "order [MY_NUMBER]"),
        ("0.123456789018", "0.[MY_NUMBER]"),
        ("マイナンバー 20201014123045", "マイナンバー [MY_NUMBER]"),
    ],
)  # fmt: skip
def test_what_passed_before_gets_its_mark(text: str, expected: str | None) -> None:
    said, made = redact(text)
    assert made
    if expected is not None:
        assert said == expected
    else:
        assert "[MY_NUMBER]" in said
        assert "5" not in said.replace("5桁目", "")


@pytest.mark.parametrize(
    "text",
    [
        "受付番号 20201014123045 のまま",
        "2019\n2020\n2021\n2022",
        "1.3 of 2020-10-14 - 2020-10-20",
        "first 5000 then 3000 and last 2000",
        "Mr. O said I am 100% sure in 2020, 2021!!!",
        "lol 2020!!! lol 10/10!!! 100%",
        "ООО Ромашка 2019 года, 3 штрафа по 2500 р",
        "マイナンバーカードを 2020/10/14 12:30 に受け取った",
        "四桁の暗証番号を三回、六桁から十六桁の英数字を二回",
    ],
)
def test_what_is_no_number_stays(text: str) -> None:
    assert redact(text) == (text, 0)


def test_a_number_may_be_parted_anywhere_between_title_and_text() -> None:
    for at in range(1, 12):
        title, text, made = passed_pair("123456789018"[:at], "123456789018"[at:])
        assert made
        assert (title, text) == ("[MY_NUMBER]", "[MY_NUMBER]")
