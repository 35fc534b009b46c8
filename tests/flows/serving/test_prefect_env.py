from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from flows.errors import ConfigError
from flows.serving.prefect_env import password, password_file


def test_it_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    words = password(tmp_path)
    assert password(tmp_path) == words
    assert password_file(tmp_path).stat().st_mode & 0o777 == 0o600
    user, _, secret = words.partition(":")
    assert user == "hoshiyomi"
    assert len(secret) > 40


def test_folders_have_different_ones(tmp_path: Path) -> None:
    assert password(tmp_path / "a") != password(tmp_path / "b")


def test_who_comes_at_the_same_time_reads_the_same(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: password(tmp_path), range(32)))) == 1
    assert [p.name for p in password_file(tmp_path).parent.iterdir()] == ["password"]


def test_one_that_others_can_read_is_refused_and_its_remedy_works(tmp_path: Path) -> None:
    words = password(tmp_path)
    password_file(tmp_path).chmod(0o644)
    with pytest.raises(ConfigError, match="Remedy: delete it") as told:
        password(tmp_path)
    assert words not in str(told.value)
    password_file(tmp_path).unlink()
    assert password(tmp_path) != words


def test_an_empty_file_is_no_password(tmp_path: Path) -> None:
    password(tmp_path)
    password_file(tmp_path).write_text("")
    with pytest.raises(ConfigError, match="holds no password"):
        password(tmp_path)
