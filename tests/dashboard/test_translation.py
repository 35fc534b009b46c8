"""Translators are programs: they are handed a text, and may fail in every way that programs do."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from dashboard import translation
from dashboard.translation import NotTranslated, Translator, is_wanted

TEXT = "ログインできません。\n何度やっても同じです。"


def _program(folder: Path, body: str) -> Translator:
    """A translator in Python, called with both languages."""
    path = folder / "translate-a-little"
    path.write_text(f"#!{sys.executable}\nimport sys, time\n{body}\n", "utf-8")
    path.chmod(0o755)
    return Translator((str(path), "--from", "{source}", "--to={target}"))


def test_a_text_goes_in_and_its_translation_comes_back(tmp_path: Path) -> None:
    read = "sys.stdout.reconfigure(encoding='utf-8'); text = sys.stdin.buffer.read().decode()"
    made = _program(tmp_path, f"{read}; print(sys.argv[1:], text.replace('ログイン', 'Login'))")
    said = made.translate(TEXT, source="ja", target="en")
    assert said == "['--from', 'ja', '--to=en'] Loginできません。\n何度やっても同じです。"
    assert made.name == "translate-a-little"


def test_the_text_is_no_argument_whatever_it_says(tmp_path: Path) -> None:
    made = _program(tmp_path, "sys.stdin.read(); print(len(sys.argv), *sys.argv[1:])")
    assert made.translate("--help {target}; $(id)", source="ja", target="en") == "4 --from ja --to=en"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("sys.exit(3)", "translate-a-little ended with code 3"),
        ("sys.stdin.read()", "translate-a-little said nothing"),
        ("print(' \\n\\t\\x00')", "translate-a-little said nothing"),
        ("time.sleep(60)", "translate-a-little took longer than 1 seconds"),
    ],
)
def test_a_translator_that_fails_is_told_without_a_word_of_the_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, why: str
) -> None:
    monkeypatch.setattr(translation, "_TIMEOUT_S", 1.0)
    with pytest.raises(NotTranslated) as told:
        _program(tmp_path, body).translate(TEXT, source="ja", target="en")
    assert str(told.value) == why


def test_one_that_is_not_there_or_may_not_be_run_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotTranslated, match="nowhere is not installed"):
        Translator((str(tmp_path / "nowhere"),)).translate(TEXT, source="ja", target="en")
    plain = tmp_path / "plain"
    plain.write_text("no program")
    plain.chmod(0o755)
    with pytest.raises(NotTranslated, match="plain: Exec format error"):
        Translator((str(plain),)).translate(TEXT, source="ja", target="en")


def test_what_comes_back_is_bounded_and_holds_no_control_characters(tmp_path: Path) -> None:
    made = _program(tmp_path, "sys.stdin.read(); print('a\\x1b[31mb' + 'x' * 100_000)")
    said = made.translate("よい", source="ja", target="en")
    assert said.startswith("a[31mbx")
    assert len(said) == 216


def test_a_long_text_is_cut_and_a_translator_that_does_not_read_it_is_none_the_worse(tmp_path: Path) -> None:
    made = _program(tmp_path, "print(len(sys.stdin.buffer.read().decode()))")
    assert made.translate("あ" * 100_000, source="ja", target="en") == "4096"
    assert _program(tmp_path, "print('short')").translate("い" * 100_000, source="ja", target="en") == "short"


@pytest.mark.parametrize("source", ["-x", "", "日本", "ja;id", "pt-BR"])
def test_what_a_store_calls_a_language_is_no_argument_unless_it_is_one(tmp_path: Path, source: str) -> None:
    with pytest.raises(NotTranslated, match="two languages such as ja and en"):
        _program(tmp_path, "print('x')").translate("\ud83d", source=source, target="en")
    assert _program(tmp_path, "print('x')").translate("\ud83d", source="pt", target="en") == "x"


@pytest.mark.parametrize(
    ("language", "reads", "wanted"),
    [("ja", "en", True), ("en", "en", False), ("en-GB", "en", False), (None, "en", False), ("", "ja", False)],
)
def test_only_texts_of_another_language_are_offered(language: str | None, reads: str, wanted: bool) -> None:
    assert is_wanted(language, reads) is wanted
