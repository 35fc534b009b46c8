"""What people said is the owner's alone to read: the folder, every file in it, what was left open before."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from flows.closed import close
from flows.config.load import read_settings
from flows.config.settings import PublishChoice
from flows.errors import ConfigError
from flows.intake.invitations import KeyUnusable, load_keys
from flows.pipeline.publish import group_number
from tests.builders import consent, erasure, feedback, review
from tests.conftest import hoshiyomi
from tests.warehouse.house import build_all, land
from warehouse.publish import publish
from warehouse.reads import ask, current
from warehouse.writes import writer

ANYBODY = 0o077


def open_to_others(data: Path) -> list[str]:
    """What others may do with anything in a data folder, link by link left out."""
    found = [data, *data.rglob("*")]
    return [
        f"{p.relative_to(data)} {stat.S_IMODE(p.lstat().st_mode):o}"
        for p in found
        if not p.is_symlink() and p.lstat().st_mode & ANYBODY
    ]


@pytest.fixture(autouse=True)
def _ordinary_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def test_nothing_that_the_rooms_write_is_open_whatever_the_umask(tmp_path: Path) -> None:
    from datetime import timedelta

    from flows.collection.quarantine import keep
    from flows.intake.group_commit import only_server, prepare
    from flows.intake.invitations import open_register
    from flows.lock import refresh_lock
    from flows.privacy.clock import believe, utc_now
    from flows.privacy.receipts import Receipts
    from flows.sources.base import Page
    from warehouse.landing import Landing

    data = tmp_path / "deep" / "data"
    now = utc_now()
    believe(data, now, 60, confirmed=False)
    land(data, "b1", review(), feedback(), consent())
    build_all(data)
    publish(data, now)
    keep(data, "b", Page(shape="x", body="{}", fetched_at=now), "field", "problem")
    load_keys(data)
    with open_register(data) as register, only_server(data), refresh_lock(data):
        prepare(Landing(data))
        register.invite(
            load_keys(data), app="a", cohort="c", count=1, opens_at=None, closes_at=now + timedelta(days=1),
            now=now,
        )  # fmt: skip
        Receipts(data).begin({erasure(): {}}, now)
        assert open_to_others(data) == []
    with writer(data):
        assert open_to_others(data) == []
    assert open_to_others(data.parent) == []


def test_nothing_of_a_whole_demo_is_open(demo: Path) -> None:
    assert open_to_others(demo) == []


def test_a_folder_that_was_left_open_is_closed_once_and_said(tmp_path: Path) -> None:
    data = tmp_path / "data"
    land(data, "b1", review())
    build_all(data)
    load_keys(data)
    for path in [data, *data.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    done = hoshiyomi("retention", data=data)
    assert "could be opened by other users; closed" in done.stderr
    assert "can tell which pseudonym" in done.stderr
    assert open_to_others(data) == []
    assert hoshiyomi("retention", data=data).stderr == ""


def test_a_folder_that_is_not_ours_to_close_stays_as_it_is(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "letters.txt").write_text("not ours")
    home.chmod(0o755)
    assert close(home, has_group=False) == []
    assert stat.S_IMODE(home.stat().st_mode) == 0o755
    assert close(tmp_path / "missing", has_group=False) == []


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    load_keys(tmp_path)
    key = tmp_path / "alpha" / "key"
    key.chmod(0o640)
    with pytest.raises(KeyUnusable, match="chmod 600"):
        load_keys(tmp_path)
    key.chmod(0o600)
    load_keys(tmp_path)


def test_a_group_reaches_the_published_files_and_nothing_else(tmp_path: Path) -> None:
    data = tmp_path / "data"
    land(data, "b1", review())
    build_all(data)
    publish(data, build_time(), group=os.getgid())
    assert sorted(open_to_others(data)) == sorted(
        [". 710", "published 750", *(f"published/{p.name} 440" for p in (data / "published").iterdir())]
    )
    assert close(data, has_group=True) == []
    assert ask(current(data), "select count(*) from reviews")[1] == [(1,)]
    # Taken out of the settings: closed again.
    assert close(data, has_group=False) != []
    assert open_to_others(data) == []


def build_time() -> datetime:
    from tests.warehouse.house import NOW

    return NOW


def test_the_group_is_read_strictly(tmp_path: Path) -> None:
    path = tmp_path / "hoshiyomi.toml"
    assert read_settings(path).publish == PublishChoice()
    path.write_text('[publish]\ngroup = "analysts"\n')
    assert read_settings(path).publish == PublishChoice(group="analysts")
    path.write_text('[publish]\ngroups = "analysts"\n')
    with pytest.raises(ConfigError, match="did you mean 'group'"):
        read_settings(path)
    with pytest.raises(ConfigError, match="knows no group 'nobody-has-this'"):
        group_number("nobody-has-this")
    assert group_number(None) is None
