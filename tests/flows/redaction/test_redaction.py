"""What is personal in a text, in whatever form; and that the gate is asked where it matters."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.redaction.folded_text import page
from flows.redaction.gate import is_harmless, passed, passed_field, passed_pair, passed_start, redact, shown
from flows.redaction.prefilter import may_hold_number
from flows.redaction.spans import spans
from flows.sources.dumps.problems import excerpt, fragment_of
from tests.personal.reading import betrays
from tests.personal.texts import Personal, forms_in_all, generate

EVERY_FORM = generate(forms_in_all(), seed=1)


def _both(secret: Personal) -> str:
    return "\n".join(t for t in (secret.title, secret.text) if t)


def _after(secret: Personal) -> str:
    title, text, _ = passed_pair(secret.title, secret.text)
    return "\n".join(t for t in (title, text) if t)


def test_nothing_personal_can_be_read_after_the_gate_in_any_form() -> None:
    left = [(s.kind, s.form) for s in EVERY_FORM if betrays(_after(s), s)]
    assert left == []


def test_everything_personal_can_be_read_before_the_gate() -> None:
    """Else the test above would prove nothing."""
    blind = [(s.kind, s.form) for s in EVERY_FORM if not betrays(_both(s), s)]
    assert blind == []


def test_what_is_harmless_beside_a_number_stays() -> None:
    lost = [(s.form, s.kept) for s in EVERY_FORM if s.kept not in _after(s) or s.marker not in _after(s)]
    assert lost == []


def test_every_text_with_a_finding_is_worth_reading() -> None:
    """The quick answer may be a needless yes, never a wrong no."""
    assert all(may_hold_number(_both(s)) for s in EVERY_FORM if spans(_both(s)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1234 の 5678 の 9012", "[MY_NUMBER]"),
        ("1234🍎5678🍎9012", "[MY_NUMBER]"),
        ("・1234\n・5678\n・9012", "・[MY_NUMBER]"),
        ("1) 1234\n2) 5678\n3) 9012", "1) [MY_NUMBER]"),
        ("①1234 ②5678 ③9012", "[MY_NUMBER]"),
        ("1\n2\n3\n4\n5\n6\n7\n8\n9\n0\n1\n2", "[MY_NUMBER]"),
        ("壱弐参肆伍陸漆捌玖零壱弐", "[MY_NUMBER]"),
        ("いちにさんよんごろくななはちきゅうぜろいちに", "[MY_NUMBER]"),
        ("one two three four five six seven eight nine zero one two", "[MY_NUMBER]"),
        ("&#49;&#50;&#51;&#52;&#53;&#54;&#55;&#56;&#57;&#48;&#49;&#50; end", "[MY_NUMBER] end"),
        (
            r'{"text": "\uff11\uff12\uff13\uff14 \uff15\uff16\uff17\uff18 \uff19\uff10\uff11\uff12',
            '{"text": "[MY_NUMBER]',
        ),
        ("1234<br>5678<br/>9012", "[MY_NUMBER]"),
        ("1234&nbsp;5678&nbsp;9012", "[MY_NUMBER]"),
        ("マイナンバーは1234で次が5678、最後は9012です", "マイナンバーは[MY_NUMBER]です"),
        ("最初の四桁 5234、次 5678、最後 9012", "最初の四桁 [MY_NUMBER]"),
        ("I234-5678-9O12", "[MY_NUMBER]"),
        ("1234" + "\u200b" * 30 + "5678" + " " * 30 + "9012", "[MY_NUMBER]"),
        ("電話 +81 (0)90-1234-5678", "電話 [PHONE]"),
        ("0081 90 1234 5678", "[PHONE]"),
        ("060-1234-5678", "[PHONE]"),
        ("090の1234の5678", "[PHONE]"),
        ("call (415) 555-2671", "call [PHONE]"),
        ("call us at 1-888-236-6283.", "call us at [PHONE]."),
        ("taro (at) example.com", "[EMAIL]"),
        ("taro[AT]example.com", "[EMAIL]"),
        ("taroアットマークexample.comまで", "[EMAIL]まで"),
        ("taro at example dot com", "[EMAIL]"),
        ("メールは taro @ example.com へ", "メールは [EMAIL] へ"),
        ("渋谷支店 普通 1234567 です", "渋谷支店 普通 [ACCOUNT_NUMBER] です"),
        ("記号 10120 番号 12345671", "記号 [ACCOUNT_NUMBER]"),
        ("在留カード番号 AB12345678CD", "在留カード番号 [ACCOUNT_NUMBER]"),
        ("driver's license number D1234567", "driver's license number [ACCOUNT_NUMBER]"),
        ("my SSN is 123-45-6789", "my SSN is [ACCOUNT_NUMBER]"),
        ("GB82 WEST 1234 5698 7654 32 is mine", "[ACCOUNT_NUMBER] is mine"),
        ("1234567 が口座番号です", "[ACCOUNT_NUMBER] が口座番号です"),
        ("マイナンバーカード番号 1234 5678 9012", "マイナンバーカード番号 [MY_NUMBER]"),
        ("example.jp/reset?token=abc123 で", "[URL_WITH_TOKEN] で"),
        ("〒100-0001 東京都千代田区1-1-1 に住む", "[ADDRESS] に住む"),
        ("横浜市西区みなと架空町三丁目5番7号", "[ADDRESS]"),
        ("12 Maple Street, Springfield, IL 62704", "[ADDRESS]"),
        (r"\u6771\u4eac\u90fd\u6e2f\u533a\u67b6\u7a7a1-2-3 x", "[ADDRESS] x"),
    ],
)
def test_a_form_that_tries_to_slip_through_gets_its_mark(text: str, expected: str) -> None:
    assert redact(text)[0] == expected


@pytest.mark.parametrize(
    "text",
    [
        "不具合は 4.5.2、4.6、4.6.1、4.6.2、4.7 でも同じ",
        "千葉県市川市幸二丁目あたりで圏外",
        "横浜市の窓口に3回行った",
        "Backup 20201014_1230 lost",
        "3000系と6000系、5000系の路線図",
        "くくくくくくくくくくくくくく、ゴゴゴゴゴゴゴゴゴゴゴゴ",
        "〇〇市の〇〇課に〇〇さんがいて",
        "パスポートの更新は 2026-04-01 から",
        "免許の更新 2026/4/1、口座へ 1234567円",
        "one star, two bugs, three crashes",
        "get this to work at all .... rubbish",
        "error (at start) 404. Meet me at the shop",
        "https://support.example.jp/article?lang=ja&section=install",
        "Mobiltelefon 1.2.2020 - 3.4.2020",
        "100%25 of 20%20 is nothing",
        "R&D &amp; more",
    ],
)
def test_what_only_looks_like_it_stays(text: str) -> None:
    assert redact(text) == (text, 0)


class TestTitleAndText:
    """A number does not keep to one field."""

    def test_a_number_that_begins_in_the_title_is_marked_in_both(self) -> None:
        assert passed_pair("番号は 1234 5678", "9012 です") == ("番号は [MY_NUMBER]", "[MY_NUMBER] です", 1)

    def test_a_title_can_be_the_label_of_the_texts_number(self) -> None:
        assert passed_pair("口座番号", "1234567") == ("口座番号", "[ACCOUNT_NUMBER]", 1)

    def test_each_alone_is_as_before(self) -> None:
        assert passed_pair(None, "tel 03-1234-5678") == (None, "tel [PHONE]", 1)
        assert passed_pair("tel 03-1234-5678", " ") == ("tel [PHONE]", None, 1)
        assert passed_pair("Version 2.1", "5 stars") == ("Version 2.1", "5 stars", 0)


class TestShortFields:
    """Versions, screens, ids, file names: people write into them, too."""

    def test_a_field_is_redacted_before_it_is_cut(self) -> None:
        said = passed_field("x" * 92 + " 1234 5678 9012")
        assert said is not None
        assert "12" not in said

    def test_a_version_stays(self) -> None:
        assert passed_field(" 2.0.0-beta.1 ") == "2.0.0-beta.1"
        assert passed_field("") is None

    @pytest.mark.parametrize(
        "key", ["tester-07", "gp:AOqpTOE", "550e8400-e29b-41d4-a716-446655440000", "e2024q4-50c355952775303c"]
    )
    def test_an_id_that_a_machine_made_may_be_kept(self, key: str) -> None:
        assert is_harmless(key)

    @pytest.mark.parametrize(
        "key",
        [
            "123456789012",
            "a@example.jp",
            "090-1234-5678",
            "１２３４５６７８９０１２",
            "4111111111111111",
            "a\x00b",
        ],
    )
    def test_an_id_that_is_a_persons_may_not(self, key: str) -> None:
        assert not is_harmless(key)

    def test_a_files_name_is_shown_without_the_number(self) -> None:
        assert shown("reviews_1234-5678-9012.csv: empty") == "reviews_[MY_NUMBER].csv: empty"


class TestExcerpts:
    """What is shown of a row that is put aside."""

    def test_title_and_text_are_read_as_one(self) -> None:
        said = excerpt([("title", "番号 12"), ("text", "3456789012 です"), ("rating", 9)])
        assert said == "title: 番号 [MY_NUMBER]; text: [MY_NUMBER] です; rating: 9"

    def test_of_a_line_whose_record_fell_apart_no_digit_is_shown(self) -> None:
        """The rest of the number stands in the next line, which is put aside on its own."""
        assert fragment_of('r1,"my number is 24743') == 'r#,"my number is #####'
        assert fragment_of("５７八9 です") == "#### です"


@given(
    st.integers(0, 120), st.sampled_from(["123456789012", "1234 5678 9012", "１２３４・５６７８・９０１２"])
)
def test_a_cut_never_parts_a_number(at: int, number: str) -> None:
    out = passed_start("あ" * at + number + "い" * 500, 25)
    assert out is not None
    assert not any(c in out for c in "123５６７")


_SAID = st.lists(
    st.sampled_from(
        [
            "1",
            "12",
            " ",
            "   ",
            "\n",
            "--",
            "&#49;",
            r"\u0031",
            "%31",
            "<br>",
            "️⃣",
            "\u200b",
            "あ",
            "🍎",
            "a",
            "&",
            "\\",
        ]
    ),
    max_size=14,
).map("".join)


@given(_SAID)
def test_every_part_of_a_page_is_a_part_of_the_text(text: str) -> None:
    read = page(text)
    places = [read.place(n, n + 1) for n in range(len(read.text))]
    assert all(0 <= start < end <= len(text) for start, end in places)
    assert places == sorted(places)
    if read.text:
        assert read.place(0, len(read.text))[1] == max(end for _, end in places)


_PIECES = (
    "東京都港区", "1丁目", "〒123-4567", "いちに", "one ", "&#49;", r"\u0031", "%31", "<br>", "a(at)b.",
    "a at b dot ", "@@", "口座1", "AB12", "記号1番号", "O1", "\n1)", "①1", "123-45-", "1234 and ",
    "マイナンバー1", "電話1", "+1 ", "🍎1", "a.b/", "12 Ab Cd St, ", "メール a @ b. ",
)  # fmt: skip


@pytest.mark.parametrize("piece", _PIECES)
def test_no_text_however_built_holds_the_gate_up(piece: str) -> None:
    started = time.process_time()
    passed("tel 03-1234-5678 " + piece * (20_000 // len(piece)))
    # Several times what it takes; a pattern that backtracks takes minutes.
    assert time.process_time() - started < 2


@given(_SAID)
def test_reading_again_finds_nothing_new(text: str) -> None:
    once, _ = redact(text)
    assert redact(once) == (once, 0)


@given(st.sampled_from(EVERY_FORM), st.sampled_from(["", "a", "。", " ", "\n", "(", "x@"]))
def test_nothing_around_a_number_lets_it_through(secret: Personal, around: str) -> None:
    out, _ = passed(f"{around}{_both(secret)}{around}")
    assert out is not None
    assert not betrays(out, secret)


@pytest.mark.parametrize("stretch", ["", "." * 300, " " * 300, "\u200b" * 200, ":" * 90, "－" * 200])
@pytest.mark.parametrize("around", ["", "Installed 2020-04-14, it never worked. " * 12])
def test_a_label_counts_however_far_its_signs_stretch(stretch: str, around: str) -> None:
    """The quick look asks for labels near a number; what stands between them may be of any length."""
    for label in ("account number", "Passport no", "口座番号", "NIE", "номер карты"):
        # Two digits with signs between them have the whole text read without repeated signs.
        before = f"{around}{label}{stretch} 1234567 {around} 1 -- 2"
        for said in (before, f"{around}1234567 (account number) {around}"):
            assert may_hold_number(said), said[:80]
            assert "1234567" not in redact(said)[0], said[:80]


@pytest.mark.parametrize("space", [" ", "\n", "\t"])
@pytest.mark.parametrize("street", ["Street", "St.", "Avenue", "Rd", "Boulevard"])
def test_a_street_counts_whatever_space_stands_before_it(space: str, street: str) -> None:
    said = f"I live at 12 Example{space}{street}, Springfield, IL 62704 and it works"
    assert redact(said) == ("I live at [ADDRESS] and it works", 1)


@pytest.mark.parametrize(
    "word", ["Linie 12345", "funktioniert seit 20200", "nie", "Stunden 123456", "Knie 1234567"]
)
def test_parts_of_other_words_are_no_label_and_no_street(word: str) -> None:
    """They cost the gate a whole reading of every fifth German review with five digits."""
    assert not may_hold_number(f"Die App ist gut, {word} mal")
