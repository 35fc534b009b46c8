"""How often and how patiently: the new parts of `[collect]`."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from flows.config.load import read_collect
from flows.errors import ConfigError


def _read(folder: Path, text: str) -> object:
    (folder / "hoshiyomi.toml").write_text(text)
    return read_collect(folder / "hoshiyomi.toml")


def test_the_particular_goes_before_the_general(tmp_path: Path) -> None:
    path = tmp_path / "hoshiyomi.toml"
    path.write_text(
        '[collect]\nevery = "12h"\n[collect.app_store]\nevery = "1h"\n'
        '[collect.app_store_feed]\nevery = "30m"\n'
    )
    every = read_collect(path).every
    assert every.of("app_store_feed") == timedelta(minutes=30)
    assert every.of("app_store_lookup") == timedelta(hours=1)
    assert every.of("google_play") == every.of("app_store_connect") == timedelta(hours=12)
    path.write_text("")
    assert read_collect(path).every.of("google_play") == timedelta(days=1)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[collect]\nevery = "10m"', "15m"),
        ('[collect]\nevery = "8d"', "7d"),
        ("[collect]\nevery = 6", "such as '30m'"),
        ('[collect.google_play]\nevery = "6 h"', r"\[collect.google_play\]: every must be"),
        ('[collect.google_play]\nevry = "6h"', "did you mean 'every'"),
        ('[collect.googleplay]\nevery = "6h"', "did you mean 'google_play'"),
        ("[collect]\ngoogle_play = 1", r"must be written as a table \[google_play\]"),
        ("[collect]\nretry_rounds = 11", "from 0 to 10"),
        ("[collect]\nretry_wait_seconds = true", "from 1 to 3600"),
        ("[collect]\npatience_minutes = 121", "from 0 to 120"),
    ],
)
def test_what_is_not_understood_is_named(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        _read(tmp_path, text)
