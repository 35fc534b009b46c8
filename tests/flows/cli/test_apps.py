"""`apps add` writes what `apps check` and the configuration understand, and leaves the rest alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.cli.apps import Found, add, check, recognised
from flows.config.apps import read_apps
from flows.config.load import Config
from flows.config.settings import CollectChoice
from flows.errors import ConfigError, InputError
from models.text.scorers import ModelChoice
from tests.conftest import CHECKOUT
from tests.flows.collection.collecting import APPLE, PLAY, catalogue, store_client
from tests.store import StoreServer

NOTHING = {"key": None, "name": None, "owner": None, "languages": (), "countries": ()}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("jp.example.app", Found("google_play", "jp.example.app")),
        ("https://play.google.com/store/apps/details?id=a.b&hl=ja", Found("google_play", "a.b")),
        ("1234567890", Found("app_store", "1234567890")),
        ("id1234567890", Found("app_store", "1234567890")),
        ("https://apps.apple.com/us/app/x-y/id1234567890?l=ja", Found("app_store", "1234567890", "us")),
        ("https://itunes.apple.com/app/id1234567890", Found("app_store", "1234567890")),
    ],
)  # fmt: skip
def test_an_address_or_id_is_recognised(text: str, found: Found) -> None:
    assert recognised(text) == found


@pytest.mark.parametrize(
    "text", ["app", "https://example.org/id1234567890", "https://play.google.com/store", "１２３"]
)
def test_anything_else_is_refused_with_the_remedy(text: str) -> None:
    with pytest.raises(InputError, match="Remedy: the address"):
        recognised(text)


def test_the_example_with_its_comments_stays_and_the_entry_is_understood(tmp_path: Path) -> None:
    path = tmp_path / "apps.toml"
    before = (CHECKOUT / "config" / "apps.toml").read_text(encoding="utf-8")
    path.write_text(before, encoding="utf-8")
    name = '手続き "β" \\ 1'
    add(path, Found("google_play", "jp.example.app"), **NOTHING | {"name": name, "owner": "課"})
    assert path.read_text(encoding="utf-8").startswith(before)
    (app,) = read_apps(path)
    assert (app.key, app.name, app.owner) == ("app", name, "課")
    assert (app.stores[0].id, app.stores[0].languages) == ("jp.example.app", ("ja",))


def test_a_second_store_joins_its_app_even_in_the_middle_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "apps.toml"
    for key, package in (("one", "jp.example.one"), ("two", "jp.example.two")):
        add(path, Found("google_play", package), **NOTHING | {"key": key})
    text = path.read_text().replace('[[app]]\nkey = "two"', '# the second\n[[app]]\nkey = "two"')
    path.write_text(text)
    add(path, Found("app_store", "1234567890", "us"), **NOTHING | {"key": "one"})
    one, two = read_apps(path)
    assert [s.store for s in one.stores] == ["google_play", "app_store"]
    assert one.stores[1].countries == ("us",)
    assert [s.store for s in two.stores] == ["google_play"]
    assert '# the second\n[[app]]\nkey = "two"' in path.read_text()


def test_a_file_that_is_written_otherwise_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "apps.toml"
    path.write_text('app = [{ key = "one", name = "A", store = [{ store = "google_play", id = "a.b" }] }]\n')
    before = path.read_bytes()
    with pytest.raises(ConfigError, match=r"apps\.toml is not valid TOML"):
        add(path, Found("app_store", "1234567890"), **NOTHING | {"key": "one"})
    assert path.read_bytes() == before


def test_the_mode_of_the_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "apps.toml"
    add(path, Found("google_play", "jp.example.one"), **NOTHING)
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o640)
    add(path, Found("google_play", "jp.example.two"), **NOTHING)
    assert path.stat().st_mode & 0o777 == 0o640


def test_an_entry_that_would_not_be_understood_leaves_the_file_alone(tmp_path: Path) -> None:
    path = tmp_path / "apps.toml"
    add(path, Found("google_play", "jp.example.app"), **NOTHING)
    before = path.read_bytes()
    with pytest.raises(ConfigError, match="given twice"):
        add(path, Found("google_play", "jp.example.app"), **NOTHING | {"key": "other"})
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["apps.toml"]


def _config(tmp_path: Path, url: str = "") -> Config:
    names = ("google_play", "app_store")
    return Config(
        data=tmp_path,
        apps=read_apps(tmp_path / "apps.toml"),
        topics=(),
        model=ModelChoice(),
        collect=CollectChoice(addresses=dict.fromkeys(names, url) if url else {}),
    )


def test_a_check_asks_every_store_and_tells_who_does_not_know_the_app(tmp_path: Path) -> None:
    path = tmp_path / "apps.toml"
    for app_id in (PLAY, "jp.example.none"):
        add(path, Found("google_play", app_id), **NOTHING)
    add(path, Found("app_store", APPLE), **NOTHING)
    with StoreServer(catalogue()) as server:
        found = list(check(_config(tmp_path, server.url), store_client(server)))
    assert [f.is_good for f in found] == [True, True, True, False, True, True]
    assert "架空の手続き" in found[1].line
    assert "404" in found[3].line


def test_a_check_names_missing_files_and_places(tmp_path: Path) -> None:
    (tmp_path / "apps.toml").write_text(
        '[[app]]\nkey = "a"\nname = "A"\n[[app.store]]\nstore = "google_play"\nid = "jp.example.a"\n'
        'service_account = "missing.json"\nconsole_exports = "nowhere"\n'
    )
    told = [f.line for f in check(_config(tmp_path), None) if not f.is_good]
    assert len(told) == 3
    assert "no languages" in told[0]
    assert "missing.json" in told[1]
    assert "nowhere" in told[2]
