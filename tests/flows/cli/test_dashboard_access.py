"""Access by group names apps and owners that there are, or the dashboard does not start."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.cli.dashboard_access import check_access, known_apps
from flows.cli.dashboard_server import Place, show_dashboard
from flows.config.settings import AccessTable
from flows.errors import ConfigError
from tests.builders import review
from tests.warehouse.house import NOW, build_all, land
from warehouse.publish import publish

KNOWN = {"bus": "Transport", "tax": "Finance", "misc": None}
APPS = """
[[app]]
key = "bus"
name = "Bus"
owner = "Transport"
[[app.store]]
store = "google_play"
id = "jp.bus"
"""


@pytest.mark.parametrize(
    ("table", "told"),
    [
        (AccessTable(group="g", apps=("buss",)), "of 'g': unknown app 'buss'; did you mean 'bus'?"),
        (AccessTable(group="g", owners=("Transprt",)), "unknown owner 'Transprt'; did you mean 'Transport'?"),
        (AccessTable(group="g", apps=("Transport",)), "unknown app 'Transport'"),
        (AccessTable(group="g", owners=("*",)), "unknown owner '*'"),
    ],
)
def test_an_unknown_name_is_named_with_the_nearest_one(table: AccessTable, told: str) -> None:
    with pytest.raises(ConfigError) as error:
        check_access([table], KNOWN, login=True)
    assert "hoshiyomi.toml, [[dashboard.access]]" in str(error.value)
    assert told in str(error.value)


def test_every_unknown_name_is_told_at_once() -> None:
    with pytest.raises(ConfigError) as error:
        check_access([AccessTable(group="g", apps=("x", "y"), owners=("z",))], KNOWN, login=True)
    assert len(str(error.value).splitlines()) == 3


def test_known_names_and_every_app_are_fine() -> None:
    check_access([AccessTable(group="g", apps=("bus", "*"), owners=("Finance",))], KNOWN, login=True)
    check_access([], {}, login=False)


def test_apps_are_those_of_the_settings_and_those_that_were_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOSHIYOMI_CONFIG", str(tmp_path))
    (tmp_path / "apps.toml").write_text(APPS, encoding="utf-8")
    data = tmp_path / "data"
    assert known_apps(data) == {"bus": "Transport"}
    land(data, "b1", review("r1", store_app_id="jp.example.imported"))
    build_all(data)
    publish(data, NOW)
    assert known_apps(data).items() >= {"bus": "Transport", "jp.example.imported": None}.items()


def test_without_a_sign_in_the_dashboard_does_not_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOSHIYOMI_CONFIG", str(tmp_path))
    (tmp_path / "apps.toml").write_text(APPS, encoding="utf-8")
    (tmp_path / "hoshiyomi.toml").write_text('[[dashboard.access]]\ngroup = "g"\napps = ["bus"]\n')
    with pytest.raises(ConfigError, match=r"secrets.toml has no \[auth\]"):
        show_dashboard(tmp_path, Place(port=1), browser=False)
