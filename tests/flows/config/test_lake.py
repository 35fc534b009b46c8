"""Where the tables lie: what `[scale]` says of it, and which data folder it is said of."""

from __future__ import annotations

from pathlib import Path

import pytest

import flows.config.load  # noqa: F401 - it tells the warehouse
from flows.errors import ConfigError
from warehouse.engines import Lake, lake_of

LAKE = '[scale]\nwarehouse = "ducklake"\ncatalog = "{catalog}"\ndata = "/mnt/stars"\n'


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "apps.toml").write_text("", encoding="utf-8")
    monkeypatch.setenv("HOSHIYOMI_CONFIG", str(tmp_path))
    monkeypatch.setenv("HOSHIYOMI_DATA", str(tmp_path / "data"))
    return tmp_path


def _say(config: Path, text: str) -> None:
    (config / "hoshiyomi.toml").write_text(text, encoding="utf-8")


def test_the_tables_of_the_data_folder_lie_in_the_lake_and_those_of_a_copy_do_not(config: Path) -> None:
    assert lake_of(config / "data") is None
    _say(config, LAKE.format(catalog="postgres:dbname=stars"))
    lake = lake_of(config / "data")
    assert lake == Lake("postgres:dbname=stars", Path("/mnt/stars"))
    assert (lake.is_shared, lake.connection) == (True, "dbname=stars")
    assert lake_of(config / "copy") is None
    _say(config, LAKE.format(catalog="/srv/catalog.ducklake"))
    lake = lake_of(config / "data")
    assert lake == Lake("/srv/catalog.ducklake", Path("/mnt/stars"))
    assert not lake.is_shared


def test_a_path_that_depends_on_where_a_command_starts_is_refused(config: Path) -> None:
    _say(config, LAKE.format(catalog="catalog.ducklake"))
    with pytest.raises(ConfigError, match=r"\[scale\]: catalog must be a whole path"):
        lake_of(config / "data")


@pytest.mark.parametrize("address", ["postgres:dbname=x password=y", "postgres:postgresql://u:y@db/x"])
def test_a_password_is_refused_and_not_repeated(config: Path, address: str) -> None:
    _say(config, LAKE.format(catalog=address))
    with pytest.raises(ConfigError, match="PGPASSWORD") as told:
        lake_of(config / "data")
    assert "y@" not in str(told.value)
    assert "password=y" not in str(told.value)
