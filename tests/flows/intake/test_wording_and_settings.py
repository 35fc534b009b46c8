from __future__ import annotations

from pathlib import Path

import pytest

from flows.config.load import read_settings
from flows.config.settings import IntakeChoice
from flows.errors import ConfigError
from flows.intake.app import NotPublic, check_address
from flows.intake.consent_text import SHIPPED, keep, load_wordings, parse

NAMED = IntakeChoice(operator="架空市", contact="窓口")


def _read(folder: Path, text: str) -> IntakeChoice:
    (folder / "hoshiyomi.toml").write_text(f"[intake]\n{text}\n", "utf-8")
    return read_settings(folder / "hoshiyomi.toml").intake


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.md")), ids=lambda p: p.name)
def test_a_shipped_wording_names_who_asks_and_each_purpose(path: Path) -> None:
    version, language = path.name.removesuffix(".md").rsplit(".", 1)
    text = path.read_text("utf-8")
    wording = parse(text, version, language, path.name)
    assert list(wording.purposes) == ["improve", "analyse", "quote", "contact"]
    assert all(s.blocks for s in wording.sections)
    for name in ("{operator}", "{contact}", "{app}"):
        assert name in text


def test_both_languages_have_as_many_sections_and_items() -> None:
    shapes = [
        [(s.purpose, [len(b.items) for b in s.blocks]) for s in w.sections]
        for w in load_wordings(NAMED).values()
    ]
    assert shapes[0] == shapes[1]


def test_the_operator_the_contact_and_the_app_are_filled_in() -> None:
    ja = load_wordings(NAMED)["ja"].of("くらし")
    assert all(word in ja.text for word in ("架空市", "窓口", "くらし"))
    assert "{" not in ja.text


def test_without_an_operator_the_text_says_so() -> None:
    assert "(the operator's name is not set)" in load_wordings(IntakeChoice())["en"].text


def test_a_version_names_one_text_for_ever(tmp_path: Path) -> None:
    shown = keep(load_wordings(NAMED), tmp_path)
    assert keep(load_wordings(NAMED), tmp_path) == shown
    with pytest.raises(ConfigError, match="Testers are then asked again"):
        keep(load_wordings(IntakeChoice(operator="別の市", contact="窓口")), tmp_path)
    assert "架空市" in (tmp_path / "alpha" / "wordings" / "2026-11.ja.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("## [quote]", "## [show]"), "must be there once"),
        (("## [quote]", "## quote"), "must be there once"),
        (("# ", "## "), "a title"),
    ],
)
def test_a_wording_without_a_purpose_is_refused(change: tuple[str, str], says: str) -> None:
    text = (SHIPPED / "2026-11.en.md").read_text("utf-8").replace(*change)
    with pytest.raises(ConfigError, match=says):
        parse(text, "x", "en", "x.en.md")


def test_a_wording_of_ones_own_must_be_there_in_both_languages(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"mine\.ja\.md is missing"):
        load_wordings(IntakeChoice(wording="mine", wordings=tmp_path))
    (tmp_path / "mine.ja.md").write_text("# {operater}", "utf-8")
    with pytest.raises(ConfigError, match=r"\{operater\} is unknown"):
        load_wordings(IntakeChoice(wording="mine", wordings=tmp_path))


def test_without_a_table_everything_has_its_default(tmp_path: Path) -> None:
    assert read_settings(tmp_path / "hoshiyomi.toml").intake == IntakeChoice()


def test_what_is_chosen_is_read(tmp_path: Path) -> None:
    choice = _read(
        tmp_path,
        'operator = "架空市"\npublic_origin = "https://feedback.example.jp"\nwordings = "texts"\n'
        'cors_origins = ["https://app.example.jp:8443"]\ntrusted_proxies = ["10.0.0.0/8"]\n'
        'token_per_minute = 5\ntimezone = "UTC"',
    )
    assert choice.is_https
    assert choice.wordings == tmp_path / "texts"
    assert choice.cors_origins == ("https://app.example.jp:8443",)
    assert (choice.token_per_minute, choice.timezone) == (5, "UTC")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('operater = "x"', "did you mean 'operator'"),
        ('public_origin = "http://feedback.example.jp"', "must begin with https://"),
        ('public_origin = "https://feedback.example.jp/"', "is no origin"),
        ('cors_origins = ["*"]', "is no origin"),
        ('cors_origins = "https://a.example"', "must be a list"),
        ('trusted_proxies = ["proxy"]', "no IP address"),
        ("max_body_bytes = 10", "from 65536 to 1048576"),
        ("token_per_minute = 0", "above 0"),
        ('timezone = "Asia/Tokio"', "no time zone"),
        ('wording = "../secret"', "no version"),
    ],
)
def test_a_wrong_choice_is_told_with_its_remedy(tmp_path: Path, line: str, says: str) -> None:
    with pytest.raises(ConfigError, match=r"hoshiyomi\.toml, \[intake\]: .*" + says):
        _read(tmp_path, line)


@pytest.mark.parametrize(
    ("address", "is_public", "origin", "says"),
    [
        ("0.0.0.0", False, "https://f.example.jp", "add --public"),  # noqa: S104
        ("192.0.2.1", False, None, "add --public"),
        ("0.0.0.0", True, None, "--public needs public_origin"),  # noqa: S104
        ("localhost", False, None, "is no IP address"),
    ],
)
def test_nobody_outside_is_served_by_accident(
    address: str, is_public: bool, origin: str | None, says: str
) -> None:
    with pytest.raises(NotPublic, match=says):
        check_address(address, IntakeChoice(public_origin=origin), is_public=is_public)


def test_loopback_and_a_public_address_behind_tls_are_served() -> None:
    for address in ("127.0.0.1", "::1"):
        check_address(address, IntakeChoice(), is_public=False)
    check_address("0.0.0.0", IntakeChoice(public_origin="https://f.example.jp"), is_public=True)  # noqa: S104
