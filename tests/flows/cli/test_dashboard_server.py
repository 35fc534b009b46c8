"""The dashboard listens on this machine unless somebody says aloud that it shall not."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.days import TEAM
from flows.cli import dashboard_server
from flows.cli.dashboard_server import Place, show_dashboard
from flows.errors import ConfigError, InputError
from tests.conftest import logged

EVERYWHERE = "0.0.0.0"  # noqa: S104 - never bound


@pytest.mark.parametrize("address", ["127.0.0.1", "localhost", "::1", "127.3.4.5"])
def test_an_address_of_this_machine_is_free(address: str) -> None:
    Place(port=8501, address=address).check()


@pytest.mark.parametrize("address", [EVERYWHERE, "::", "192.168.1.7", "10.0.0.1", "stars.example.go.jp"])
def test_an_address_that_others_reach_is_refused_with_its_remedy(address: str) -> None:
    with pytest.raises(InputError, match="--public"):
        Place(port=8501, address=address).check()


def test_every_address_of_a_machine_needs_a_name_for_browsers() -> None:
    with pytest.raises(InputError, match="--name"):
        Place(port=8501, address=EVERYWHERE, public=True).check()
    Place(port=8501, address=EVERYWHERE, public=True, name="stars.example.go.jp").check()
    Place(port=8501, address="192.168.1.7", public=True).check()


def test_nothing_is_started_for_a_refused_address(tmp_path: Path) -> None:
    with logged() as said, pytest.raises(InputError):
        show_dashboard(tmp_path, Place(port=1, address=EVERYWHERE), browser=False)
    assert said == []


def test_secrets_that_others_can_read_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOSHIYOMI_CONFIG", str(tmp_path))
    (tmp_path / "secrets.toml").write_text("[auth]\n")
    (tmp_path / "secrets.toml").chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        show_dashboard(tmp_path, Place(port=1), browser=False)


@pytest.mark.parametrize(
    ("channels", "says"),
    [("", "it has none"), ('[[channel]]\nname = "product"\nurl = "json://x"\n', "product")],
)
def test_a_channel_to_hand_over_to_that_is_not_there_is_named_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, channels: str, says: str
) -> None:
    monkeypatch.setenv("HOSHIYOMI_CONFIG", str(tmp_path))
    (tmp_path / "hoshiyomi.toml").write_text('[dashboard]\nhand_over = ["produkt"]\n')
    (tmp_path / "alerts.toml").write_text(channels)
    with pytest.raises(ConfigError, match=rf"hand_over names 'produkt', no channel of alerts\.toml.*{says}"):
        show_dashboard(tmp_path, Place(port=1), browser=False)


def test_a_translator_that_is_not_there_keeps_the_dashboard_from_starting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOSHIYOMI_CONFIG", str(tmp_path))
    (tmp_path / "hoshiyomi.toml").write_text('[dashboard]\ntranslator = ["argos-translat", "{source}"]\n')
    with pytest.raises(ConfigError, match="translator names 'argos-translat', which is no program here"):
        show_dashboard(tmp_path, Place(port=1), browser=False)


def test_the_pages_are_told_the_time_zone_of_the_team(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOSHIYOMI_CONFIG", str(tmp_path))
    given: list[dict[str, str]] = []

    class Shown:
        """Stands for Streamlit's process."""

        def __init__(self, _command: object, *, env: dict[str, str], **_more: object) -> None:
            given.append(env)

        def wait(self) -> int:
            """Stopped."""
            return 0

    monkeypatch.setattr(dashboard_server.subprocess, "Popen", Shown)
    for told in ("", '[dashboard]\ntimezone = "Asia/Tokyo"\n'):
        (tmp_path / "hoshiyomi.toml").write_text(told, encoding="utf-8")
        assert show_dashboard(tmp_path, Place(port=1), browser=False) == 0
    assert [env[TEAM] for env in given] == ["", "Asia/Tokyo"]
