"""No word is missing in either language, and no module writes a word of its own for the screen."""

from __future__ import annotations

import ast
import re
import string
import tomllib
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from dashboard import i18n

ROOM = i18n.ROOM
EN, JA = i18n.of("en"), i18n.of("ja")
# Modules whose strings reach the screen only through the files of words.
SILENT = {"served", "components/text_search", "i18n", "url_state", "auth", "queries", "sanitize"}
SPEAKING = sorted(
    path.removesuffix(".py")
    for path in (p.relative_to(ROOM).as_posix() for p in ROOM.rglob("*.py"))
    if not path.endswith("__init__.py") and not path.startswith("rows/") and path[:-3] not in SILENT
)
CODE = {p: p.read_text(encoding="utf-8") for p in ROOM.rglob("*") if p.suffix in (".py", ".html")}
# Tables of codes and of column names are looked up by name.
LOOKED_UP = ("stores.", "places.language_", "places.country_", "columns.", "evidence.")


def _places(words: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(words) if name is not None}


def _words_of(path: Path) -> dict[str, str]:
    return dict(i18n._flat(tomllib.loads(path.read_text(encoding="utf-8"))))


def test_both_languages_have_the_same_keys_in_the_same_files() -> None:
    for english, japanese in zip(i18n.files("en"), i18n.files("ja"), strict=True):
        assert english.parent == japanese.parent
        assert list(_words_of(english)) == list(_words_of(japanese)), english


def test_both_languages_fill_the_same_placeholders() -> None:
    assert not {k for k in EN.strings if _places(EN.strings[k]) != _places(JA.strings[k])}


def test_no_string_is_empty_and_japanese_strings_are_japanese() -> None:
    assert not [k for k, v in {**EN.strings, **JA.strings}.items() if not v.strip()]
    kana_or_kanji = re.compile("[\u3040-\u30ff\u4e00-\u9fff]")
    spelt = (
        "stores.", "places.", "dates.", "topics.points", "legend.release", "overview.of_app", "health.day",
        "finding.over_displayed", "reviews.rated", "reviews.topic_sure", "columns.value", "columns.baseline",
        "evidence.csv", "evidence.png", "evidence.svg", "verdict.plain", "drivers.said", "drivers.asked",
        "alarms.usual", "star_alarms.of_app", "star_alarms.level", "star_alarms.of_other", "releases.meaning",
        "changes.headline_hole", "overview.between", "overview.range", "empty.quoted",
        "alpha.means", "changes.level", "changes.between", "events.noted", "events.told",
        "report.stop", "report.outcome", "report.event", "report.apps.outcome",
    )  # fmt: skip
    latin = [k for k, v in JA.strings.items() if not kana_or_kanji.search(v) and not k.startswith(spelt)]
    assert not latin
    assert not [k for k, v in EN.strings.items() if kana_or_kanji.search(v)]


@pytest.mark.parametrize("name", SPEAKING)
def test_every_key_that_the_code_names_exists(name: str) -> None:
    tree = ast.parse((ROOM / f"{name}.py").read_text(encoding="utf-8"))
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call) or not call.args:
            continue
        is_text = isinstance(call.func, ast.Name) and call.func.id == "t"
        if is_text or (isinstance(call.func, ast.Attribute) and call.func.attr == "t"):
            key = call.args[0]
            if isinstance(key, ast.Constant):
                assert EN.has(str(key.value)), f"{name}: {key.value}"
            elif isinstance(key, ast.JoinedStr) and isinstance(key.values[0], ast.Constant):
                beginning = str(key.values[0].value)
                assert any(k.startswith(beginning) for k in EN.strings), f"{name}: {beginning}"


def _is_named(key: str, code: str, beginnings: set[str]) -> bool:
    """Whether a key stands in some code: in full, by its beginning, or as the name of a column or table."""
    if f'"{key}"' in code or any(key.startswith(b) for b in beginnings):
        return True
    name = re.escape(key.split(".", 1)[1])
    series = re.sub(r"_[A-Z]$|_(share|mean_stars)$", "_{", name)
    return key.startswith(LOOKED_UP) and re.search(rf'["\s]({name}["\s]|{series})', code) is not None


def _beginnings(code: str) -> set[str]:
    made = re.findall(r"f[\"']([a-z_]+\.[a-z_]*)\{", code) + re.findall(r"[\"']([a-z_]+\.)[\"'] ~", code)
    return {b for b in made if not b.startswith(("columns.", "stores.", "places."))}


def test_every_key_of_a_page_is_named_by_that_page_and_every_other_by_what_pages_share() -> None:
    shared, *pages = i18n.files("en")
    for path in pages:
        own = "\n".join(text for p, text in CODE.items() if p.parent == path.parent)
        beginnings = _beginnings(own)
        assert not [k for k in _words_of(path) if not _is_named(k, own, beginnings)], path
    whole = "\n".join(CODE.values())
    beginnings = _beginnings(whole)
    unused = [k for k in _words_of(shared) if not _is_named(k, whole, beginnings)]
    assert not [k for k in unused if not k.startswith(("stores.", "places."))]


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


@pytest.mark.parametrize("path", [p for p in CODE if p.suffix == ".html"], ids=lambda p: p.name)
def test_no_template_writes_a_word_itself(path: Path) -> None:
    bare = re.sub(
        r"<style>.*?</style>|\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<[^>]*>|&nbsp;|class=\"[^\"]*\"",
        " ",
        CODE[path],
        flags=re.DOTALL,
    )
    assert not re.findall(r"[A-Za-z]{2,}", bare)


def test_no_module_writes_markup_itself() -> None:
    # The one picture of ours is SVG within an address; two modules give browsers the page of Streamlit.
    written = {
        path.name: found
        for path, code in CODE.items()
        if path.suffix == ".py"
        and (found := re.findall(r"[\"'](<(?!svg|path|polyline|circle)/?[a-z][^\"']*)", code))
    }
    assert set(written) <= {"figures.py", "served.py", "first_paint.py"}
    assert written.get("figures.py", []) == ["<div class="]


def test_dates_read_as_their_readers_write_them() -> None:
    assert EN.day(date(2026, 11, 24)) == "24 Nov 2026"
    assert JA.day(date(2026, 11, 24)) == "2026年11月24日"
    assert (EN.month(date(2026, 11, 1)), JA.month(date(2026, 11, 1))) == ("Nov 2026", "2026年11月")


def test_a_span_does_not_repeat_what_both_days_share() -> None:
    year, month = (date(2025, 12, 2), date(2026, 11, 24)), (date(2026, 11, 2), date(2026, 11, 24))
    assert (EN.days(*year), EN.days(*month)) == (
        "2 Dec 2025\u2009–\u200924 Nov 2026",
        "2\u2009–\u200924 Nov 2026",
    )
    assert (JA.days(*year), JA.days(*month)) == ("2025年12月2日〜2026年11月24日", "2026年11月2日〜24日")


def test_moments_are_shown_in_utc_and_say_so() -> None:
    tokyo = datetime(2026, 11, 25, 3, 30, tzinfo=timezone(timedelta(hours=9)))
    assert EN.moment(tokyo) == "24 Nov 2026, 18:30 UTC"
    assert EN.day(tokyo) == "24 Nov 2026"
    assert "UTC" in JA.moment(datetime(2026, 11, 24, 18, tzinfo=UTC))


def test_differences_carry_a_true_minus_and_zero_has_no_direction() -> None:
    assert [EN.signed(v) for v in (0.314, -0.2, 0.001, -0.001)] == ["+0.31", "−0.20", "±0.00", "±0.00"]


def test_what_nobody_knows_is_a_dash() -> None:
    writers = (EN.day, EN.month, EN.moment, EN.number, EN.stars, EN.score, EN.percent, EN.signed, EN.points)
    assert {write(None) for write in writers} == {i18n.NOTHING}
    assert i18n.NOTHING in EN("changes.release_near", version=None)


def test_one_of_a_thing_is_not_told_as_several() -> None:
    assert EN("source.found", n=1) == "1 review found"
    assert EN("source.found", n=0) == "0 reviews found"
    assert EN("source.found", n=1_001) == "1,001 reviews found"
    assert EN("changes.release_before", version="2.0", n=1) == "2.0, 1 day before"
    assert "1 day before" in EN("notice.stale", until="x", days=1)
    assert JA("source.found", n=1).count("1") == 1


def test_a_word_can_only_be_counted_by_a_whole_number() -> None:
    with pytest.raises(ValueError, match="format specifier"):
        EN("source.found", n="1")
    with pytest.raises(TypeError, match="neither text nor a whole number"):
        EN("source.found", n=1.5)  # type: ignore[arg-type]


@pytest.mark.parametrize(("language", "wrong"), [("en", "{n:review}"), ("ja", "{n:one|other}")])
def test_a_counted_word_has_each_form_of_its_language_and_no_other(language: str, wrong: str) -> None:
    with pytest.raises(ValueError, match="one form each"):
        i18n.Text(language, {"x": wrong})("x", n=2)
    for key, words in i18n.of(language).strings.items():
        for _, name, form, _ in string.Formatter().parse(words):
            if name and form:
                assert i18n.Text(language, {"x": f"{{{name}:{form}}}"})("x", **{name: 1}), key


# Numbers that we set are never 1; stars, points and cases follow means and shares; names have verbs.
_NEVER_ONE = {"least", "small"}
_NOT_COUNTED = {
    "stars",
    "points",
    "cases",
    "weighs",
    "has",
    "beats",
    "stands",
    "was",
    "its",
    "takes",
    "shows",
    "does",
    "refuses",
}


def test_no_english_string_counts_with_a_word_that_stands_for_several_only() -> None:
    counted = re.compile(r"\{([a-z_]+)\} (?:[a-z]+ )?([a-z]{2,}s)\b")
    found = {
        key: said
        for key, words in EN.strings.items()
        if (
            said := [m for m in counted.findall(words) if m[0] not in _NEVER_ONE and m[1] not in _NOT_COUNTED]
        )
    }
    assert not found


def test_small_shares_are_not_rounded_to_nothing() -> None:
    shares = (0, 0.0004, 0.004, 0.126, 1)
    assert [EN.percent(s) for s in shares] == ["0%", "<0.1%", "0.4%", "13%", "100%"]


def test_countries_and_languages_have_the_names_of_their_readers() -> None:
    assert (EN.place("country:jp"), JA.place("country:jp")) == ("Japan", "日本")
    assert (EN.place("country:hk"), JA.place("country:us")) == ("Hong Kong", "アメリカ")
    assert (EN.place("language:sr"), JA.place("language:zh-TW")) == ("in Serbian", "中国語 (繁体字, 台湾)")


def test_unknown_codes_are_shown_as_they_are() -> None:
    assert (EN.place("language:xx"), EN.place("country:zzz")) == ("in xx", "zzz")
    assert EN.store("galaxy_store") == "galaxy_store"


def test_a_missing_key_or_value_names_itself() -> None:
    with pytest.raises(i18n.MissingText, match=r"no\.such"):
        EN("no.such")
    with pytest.raises(i18n.MissingText, match="days"):
        EN("finding.reviewed_unknown")
