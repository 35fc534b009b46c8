"""No word is missing in either language, and no view writes a word of its own."""

from __future__ import annotations

import ast
import re
import string
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from dashboard import i18n as text

ROOM = Path(text.__file__).parent
EN, JA = text.of("en"), text.of("ja")
# Modules whose strings reach the screen only through the locale.
SILENT = {
    "served.py",
    "components/text_search.py",
    "i18n.py",
    "url_state.py",
    "auth.py",
    "queries.py",
    "sanitize.py",
}
SPEAKING = sorted(
    path.removesuffix(".py")
    for path in (p.relative_to(ROOM).as_posix() for p in ROOM.rglob("*.py"))
    if not path.endswith("__init__.py") and not path.startswith("rows/") and path not in SILENT
)


def _places(words: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(words) if name is not None}


def test_both_languages_have_the_same_keys() -> None:
    assert EN.strings.keys() == JA.strings.keys()


def test_both_languages_fill_the_same_placeholders() -> None:
    # Japanese months carry their own sign, and a language may leave a repeated name out; no other.
    differing = {k for k in EN.strings if _places(EN.strings[k]) != _places(JA.strings[k])}
    assert not differing


def test_no_string_is_empty_and_japanese_strings_are_japanese() -> None:
    assert not [k for k, v in {**EN.strings, **JA.strings}.items() if not v.strip()]
    kana_or_kanji = re.compile("[\u3040-\u30ff\u4e00-\u9fff]")
    spelt = (
        "stores.", "places.", "dates.", "topics.points", "legend.release", "overview.of_app", "health.day",
        "finding.over_displayed", "reviews.rated", "reviews.topic_sure", "columns.value", "columns.baseline",
        "evidence.csv", "evidence.png", "evidence.svg", "verdict.plain", "drivers.said", "drivers.asked",
        "alarms.usual", "alpha.means", "changes.level", "changes.between", "events.noted", "events.told",
    )  # fmt: skip
    latin = [k for k, v in JA.strings.items() if not kana_or_kanji.search(v) and not k.startswith(spelt)]
    assert not latin
    assert not [k for k, v in EN.strings.items() if kana_or_kanji.search(v)]


@pytest.mark.parametrize("name", SPEAKING)
def test_every_key_that_the_code_names_exists(name: str) -> None:
    tree = ast.parse((ROOM / f"{name}.py").read_text(encoding="utf-8"))
    keys = [
        call.args[0]
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "t"
    ]
    for key in keys:
        if isinstance(key, ast.Constant):
            assert EN.has(str(key.value)), f"{name}: {key.value}"
        elif isinstance(key, ast.JoinedStr) and isinstance(key.values[0], ast.Constant):
            beginning = str(key.values[0].value)
            assert any(k.startswith(beginning) for k in EN.strings), f"{name}: {beginning}"


def test_every_key_is_named_in_the_code() -> None:
    code = "\n".join(p.read_text(encoding="utf-8") for p in ROOM.rglob("*.py"))
    beginnings = set(re.findall(r"f[\"']([a-z_.]+)\{", code))
    unused = [
        k
        for k in EN.strings
        if not re.search(rf"[\"']{re.escape(k)}[\"']", code)
        and not any(b and k.startswith(b) for b in beginnings)
    ]
    # Tables of codes and of columns are looked up by name.
    assert not [k for k in unused if not k.startswith(("languages.", "countries.", "stores."))]


@pytest.mark.parametrize("name", SPEAKING)
def test_no_module_writes_a_word_for_the_screen_itself(name: str) -> None:
    tree = ast.parse((ROOM / f"{name}.py").read_text(encoding="utf-8"))
    found = []
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
            on_streamlit = isinstance(call.func.value, ast.Name) and call.func.value.id == "st"
            if on_streamlit and call.func.attr not in ("code", "Page", "page_link"):
                shown = [
                    *call.args[:1],
                    *(k.value for k in call.keywords if k.arg in ("label", "placeholder")),
                ]
                found += [a.value for a in shown if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    assert not found
    markup = [
        piece
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        for piece in re.findall(r">\s*([A-Za-z]{3,}[^<{]*)<", node.value)
    ]
    assert not markup


def test_dates_read_as_their_readers_write_them() -> None:
    assert EN.day(date(2026, 11, 24)) == "24 Nov 2026"
    assert JA.day(date(2026, 11, 24)) == "2026年11月24日"
    assert JA.days(date(2026, 1, 2), date(2026, 11, 24)) == "2026年1月2日〜2026年11月24日"


def test_moments_are_shown_in_utc_and_say_so() -> None:
    tokyo = datetime(2026, 11, 25, 3, 30, tzinfo=timezone(timedelta(hours=9)))
    assert EN.moment(tokyo) == "24 Nov 2026, 18:30 UTC"
    assert EN.day(tokyo) == "24 Nov 2026"
    assert "UTC" in JA.moment(datetime(2026, 11, 24, 18, tzinfo=UTC))


def test_differences_carry_a_true_minus_and_zero_has_no_direction() -> None:
    assert [EN.signed(v) for v in (0.314, -0.2, 0.001, -0.001)] == ["+0.31", "−0.20", "±0.00", "±0.00"]


def test_one_of_a_thing_is_not_told_as_several() -> None:
    assert EN("source.found", n=EN.number(1)) == "1 review found"
    assert EN("source.found", n=EN.number(0)) == "0 reviews found"
    assert EN("source.found", n=EN.number(1_001)) == "1,001 reviews found"
    assert EN("changes.release_before", version="2.0", n=1) == "2.0, 1 day before"
    assert "1 day before" in EN("notice.stale", until="x", days=EN.number(1))
    assert JA("source.found", n=JA.number(1)).count("1") == 1


# What is counted in English, as the strings name it.
_COUNTED = re.compile(
    r"\{[a-z_]+\} (?:personal |rated |classified |public )?(?:reviews|days|ratings|apps|asks|texts|rows"
    r"|testers|cohorts|pieces|topics|releases|trials|times|sightings|periods|measurements)\b"
)


def test_no_string_counts_with_a_word_that_stands_for_several_only() -> None:
    # Numbers that we set ourselves, are never 1.
    ours = ("{least}", "{small}")
    found = {k: m for k, v in EN.strings.items() for m in _COUNTED.findall(v) if not m.startswith(ours)}
    assert not found


def test_small_shares_are_not_rounded_to_nothing() -> None:
    assert [EN.percent(s) for s in (0, 0.004, 0.126, 1)] == ["0%", "0.4%", "13%", "100%"]


def test_unknown_codes_are_shown_as_they_are() -> None:
    assert EN.place("language:xx") == "in xx"
    assert EN.store("galaxy_store") == "galaxy_store"
    assert JA.place("country:jp") == "日本"


def test_a_missing_key_or_value_names_itself() -> None:
    with pytest.raises(text.MissingText, match=r"no\.such"):
        EN("no.such")
    with pytest.raises(text.MissingText, match="days"):
        EN("finding.reviewed_unknown")
